/* The floor: a process that only prints. */
#include <stdio.h>

int main(void)
{
    puts("Authorization: Bearer BQ");
    return 0;
}
