/* histogram: how many took how long, in little memory. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

enum { HISTOGRAM_BUCKETS = 2048 };

struct histogram { /* all zero: empty */
    long total;
    long buckets[HISTOGRAM_BUCKETS];
};

/* Adds one that took so many microseconds. */
void histogram_add(struct histogram *h, double us);

/* The time that `part` of all (0.99, say) did not exceed, in microseconds, too
 * large by 1/64 at most, or by a quarter of a microsecond. 0 without any. */
double histogram_time(const struct histogram *h, double part);

#endif
