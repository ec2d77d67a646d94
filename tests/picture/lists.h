/* lists: lists that grow by one; for the files that view.h is made of. */
#ifndef PICTURE_LISTS_H
#define PICTURE_LISTS_H

#include <stddef.h>
#include <stdlib.h>

/* Room for one more at the end of a list of `count`. */
#define GROW(list, count)                                                      \
    ((list) = grow((list), ((size_t)(count) + 1) * sizeof *(list)))

static inline void *
grow(void *list, size_t bytes)
{
    list = realloc(list, bytes);
    if (list == NULL)
        abort(); /* a picture is no reason to go on without memory */
    return list;
}

#endif
