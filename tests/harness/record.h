/* record: a check that is played for a picture: where the environment has
 * LT_RECORD=FOLDER, all packets are written to FOLDER/wire.pcap as they pass,
 * whatever becomes of the check; and it ends after RECORD_LIMIT_S. The time of
 * day when it ended, in seconds, is in FOLDER/end.
 *
 * For the files that check.h is made of.
 */
#ifndef HARNESS_RECORD_H
#define HARNESS_RECORD_H

#include <stdbool.h>

enum { RECORD_LIMIT_S = 2 }; /* for a whole check that is recorded */

/* Is this one recorded? */
bool is_recorded(void);

/* Begins; ends when everything that passed is written. Nothing without
 * LT_RECORD, or without a private network. */
void record_begin(void);
void record_end(void);

#endif
