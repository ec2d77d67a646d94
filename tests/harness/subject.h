/* subject: the words, the port and the end of a program under test.
 *
 * For the files that check.h is made of. Nothing here judges.
 */
#ifndef HARNESS_SUBJECT_H
#define HARNESS_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "program.h"

/* True when the program has printed `text`, wherever: a zero byte before it
 * hides nothing. */
bool has_said(struct program *program, enum output stream, const char *text);

/* Waits until the program listens; 0 when it has settled without. It may do
 * more before it listens (its sanitizer, too) than later for a client. */
int wait_for_port(struct program *program);

/* Writes how the program ended, as a sentence: "it ended with status 0". */
void describe_end(struct program *program, char *text, size_t size);

/* What has crashed, as a sentence, valid until the next call: a program that
 * died of a signal it earned itself, or that a sanitizer found a fault in. NULL
 * when none has. */
const char *crash_found(void);

/* Waits until every program that is dying is dead. */
void await_deaths(void);

/* From now on a death by this signal is no crash. */
void allow_death_by(int signal_number);

#endif
