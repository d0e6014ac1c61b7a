// Lets every part of the mixed program read what every other returns. PARTS lists them.
#include "mixed.hpp"

#define DECLARE(name) extern const part name;
#define ADDRESS(name) &name,

PARTS(DECLARE)

int main()
{
    const part *const parts[] = {PARTS(ADDRESS)};
    const spotify::client good;
    spotify::config wrong;
    check(wrong.try_set("client_id", "id") && wrong.try_set("client_secret", "wrong"), "the options are set");
    const spotify::client bad(wrong);
    for (const part *one : parts)
        for (const part *other : parts) {
            check(one->size_of_result == other->size_of_result, "results have one size");
            one->read(*other, good, bad);
        }
    return failed_checks;
}
