/* calls: what a system call is about, and what is told of it. For calls.c,
 * which finds out, and tell.c, which tells.
 */
#ifndef PICTURE_CALLS_H
#define PICTURE_CALLS_H

#include "run.h"

enum { TEXT_SIZE = 512 };

/* What a call is about, and so what is told of it. */
enum subject {
    ACCEPT,
    CONNECT,
    BYTES, /* reads or writes some */
    SELECT,
    POLL,
    EPOLL,
    EPOLL_CTL,
    CLOSE,
    CLONE,
    PLACE, /* bind, listen */
    WHAT,  /* the arguments as they are */
    DUP,
    WAIT, /* for something that is no connection */
    OTHER,
};

/* "{sa_family=AF_INET, sin_port=htons(12345),
 * sin_addr=inet_addr("127.0.0.1")}" as an end, or "". */
void address_in(const char *text, char out[END_SIZE]);

/* Puts into the event what the call is about; its connection, or 0. */
void tell(struct run *run, struct event *e, const struct call *call,
          enum subject subject, int conn);

#endif
