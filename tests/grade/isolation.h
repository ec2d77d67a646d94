/* isolation: finds out how far programs can be kept apart on this machine. */
#ifndef GRADE_ISOLATION_H
#define GRADE_ISOLATION_H

#include "grade.h"

/* What a program can reach.
 *
 * full     nothing: it has a file system, processes and a network of its own
 * reduced  only what another user of this machine could; or, where it has all
 *          but the network, the ports of this machine
 * none     what the caller can, but for the system calls that are refused
 *
 * At each level its resources are limited, and nothing of it survives. */
enum isolation { ISOLATION_NONE, ISOLATION_REDUCED, ISOLATION_FULL };

/* Tries it, with boxes of the stage. Kit trouble when not even the weakest box
 * works, or when the level is below what the caller wants (grade->wanted). */
enum grade_status isolation_probe(struct grade *grade);

enum isolation isolation_of(const struct grade *grade);

/* "full", "reduced", "none", and in one line what that means here (static). */
const char *isolation_name(const struct grade *grade);
const char *isolation_meaning(const struct grade *grade);

/* The name of a level (static). */
const char *isolation_level(int level);

/* The level of this name, or -1. */
int isolation_named(const char *name);

#endif
