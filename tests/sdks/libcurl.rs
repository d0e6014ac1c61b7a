//! libcurl, which programs in C and C++ use.

use crate::sdk::{ByItself, Sdk};
use crate::tested;

const LIBCURL: Sdk = Sdk {
    name: "libcurl",
    url: "https://curl.se/libcurl/",
    needs: &[
        "command -v c++",
        "pkg-config --exists libcurl",
        "pkg-config --exists nlohmann_json",
    ],
    prepare: "export PKG_CONFIG_PATH=\"$LD_LIBRARY_PATH/pkgconfig\"; \
              c++ -std=c++17 -Wall -Wextra -Werror \"$PROGRAMS/with_libcurl.cpp\" \
              $(pkg-config --cflags --libs spotify_token libcurl nlohmann_json) -pthread -o program",
    program: "./program",
    lines: (
        "lines.inc",
        "export PKG_CONFIG_PATH=\"$LD_LIBRARY_PATH/pkgconfig\"; c++ -std=c++17 -I. \"$PROGRAMS/libcurl_lines.cpp\" \
         $(pkg-config --cflags --libs spotify_token libcurl nlohmann_json) -o lines && ./lines",
    ),
    by_itself: ByItself::NoTokens,
};

tested! {
    libcurl: LIBCURL { serves_an_app, serves_a_user, runs_the_lines_of_the_document, is_measured }
}
