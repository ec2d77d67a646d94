/* check_network: see check_network.h. */
#include "check_network.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "network.h"
#include "report.h"
#include "verdict.h"

enum { TURN_MS = 30000 }; /* for our turn on the real port 12345 */

bool
has_private_network(void)
{
    const char *text = getenv(NETWORK_VARIABLE);

    return text != NULL && strcmp(text, "private") == 0;
}

void
need_private_network(void)
{
    if (!has_private_network())
        kit_problem(NO_PRIVATE_NETWORK);
}

void
take_case_port(void)
{
    static bool taken;

    if (taken || has_private_network())
        return;
    taken = true;
    if (network_take_turn(CASE_PORT, patience_ms(TURN_MS)) < 0)
        kit_problem(NO_PRIVATE_NETWORK ", and port 12345 is taken");
}
