// Prints an Authorization header. The client lives as long as the program; without a token it throws.
//
//     c++ -std=c++17 header.cpp $(pkg-config --cflags --libs spotify_token) -o header
//     ./header | curl -H @- https://api.spotify.com/v1/artists/0TnOYISbd1XYRBk9myaseg
#include <spotify_token.hpp>

#include <iostream>

int main()
try {
    spotify::client client;

    // For every request:
    const spotify::token token = client.token();
    std::cout << "Authorization: " << token.authorization() << '\n';
    return 0;
} catch (const spotify::error &error) {
    std::cerr << error.name() << ": " << error.what() << '\n';
    return 1;
}
