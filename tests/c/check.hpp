// How the C++ programs here report: every check that fails is a line on stderr, and the exit status counts them.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <cstdio>

inline int failed_checks = 0;

inline void check(bool holds, const char *what)
{
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        ++failed_checks;
    }
}

#endif
