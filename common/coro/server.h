/* server: private: what the loop does with servers that nobody closed. */
#ifndef CORO_SERVER_H
#define CORO_SERVER_H

void servers_end(void);

#endif
