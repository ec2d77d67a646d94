/* options: the command line that every program of the kit understands.
 *
 *     server [-a ADDRESS] [-p PORT]
 *     client [-a ADDRESS] [-p PORT] MESSAGE...
 *
 * Without options: 127.0.0.1, port 12345. A wrong option ends the program with
 * one line that says what is wrong, the usage, and status 2; -h prints the
 * usage on stdout and ends it with status 0.
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include "address.h"

/* Where a server shall listen (port 0: any free one). It takes no arguments
 * besides the options. */
struct address server_options(int argc, char *argv[]);

/* Whom a client shall call; `*messages` becomes the NULL-ended list of the
 * arguments that follow the options (borrowed from argv, at least one). */
struct address client_options(int argc, char *argv[], char ***messages);

#endif
