/* check_network: which network a check runs in. */
#ifndef HARNESS_CHECK_NETWORK_H
#define HARNESS_CHECK_NETWORK_H

#include <stdbool.h>

/* True when the runner found that private networks are to be had. */
bool has_private_network(void);

/* Makes CASE_PORT ours: in a private network it is; elsewhere we wait for our
 * turn, and the check ends as a kit problem when that does not come. */
void take_case_port(void);

#endif
