/* check_chance: numbers and texts that are random but repeatable. */
#include "check.h"

#include "forked.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), begun from SEED and the name
 * of the check. */
static uint64_t
next_random(void)
{
    static uint64_t state;
    uint64_t z;

    if (state == 0) {
        const char *seed = getenv("SEED");

        state = seed != NULL ? strtoull(seed, NULL, 10) : 1;
        for (const char *c = current_check()->name; *c != '\0'; c++)
            state = (state ^ (unsigned char)*c) * 0x100000001b3ULL;
    }
    z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

int
seeded_number(int low, int high)
{
    return low + (int)(next_random() % (uint64_t)(high - low + 1));
}

const char *
seeded_text(char *out, size_t n)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    for (size_t i = 0; i < n; i++)
        do /* neighbours differ: a lost or doubled byte always shows */
            out[i] = letters[seeded_number(0, sizeof letters - 2)];
        while (i > 0 && out[i] == out[i - 1]);
    out[n] = '\0';
    return out;
}
