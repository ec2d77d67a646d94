/* check_wire: expects packets on the private network. */
#include "check.h"

#include <stddef.h>
#include <stdio.h>

#include "tap.h"
#include "verdict.h"

struct tap *
open_tap(void)
{
    static struct tap tap;

    need_private_network();
    if (tap_open(&tap) < 0)
        kit_problem("no packets are to be seen here");
    return &tap;
}

void
expect_packets(struct tap *tap, int from_port, int to_port, unsigned mask,
               unsigned flags, int payload_bytes, int count)
{
    int number = tap_count(tap, from_port, to_port, mask, flags, payload_bytes);
    char expected[32], received[32];

    if (number == count) {
        held();
        return;
    }
    (void)snprintf(expected, sizeof expected, "%d", count);
    (void)snprintf(received, sizeof received, "%d", number);
    conclude(&(struct verdict){.word = "failed",
                               .what = "the number of packets of one kind",
                               .expected = expected,
                               .received = received});
}
