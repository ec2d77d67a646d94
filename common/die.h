/* die: messages about failed calls, all in one form, on stderr:
 *
 *     server: bind: 127.0.0.1:12345: EADDRINUSE (Address already in use)
 *
 * program, what failed, on which object, errno by name and in words.
 */
#ifndef COMMON_DIE_H
#define COMMON_DIE_H

/* Prints the message for the current errno and goes on.
 * `object` may be NULL. errno is left as it was. */
void warn(const char *what, const char *object);

/* Prints the message for the current errno and ends the program, status 1. */
_Noreturn void die(const char *what, const char *object);

#endif
