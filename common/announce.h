/* announce: the one line that a server prints on stdout. */
#ifndef COMMON_ANNOUNCE_H
#define COMMON_ANNOUNCE_H

/* Prints "listening on ADDRESS:PORT" for the listening socket `fd`, with the
 * port that the kernel really gave it, and flushes. Call it after listen(). */
void announce_listening(int fd);

/* The same for an address in words: "127.0.0.1:12345". */
void announce(const char *address);

#endif
