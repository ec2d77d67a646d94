/* histogram: see histogram.h. Below 64 us a bucket is a quarter of a
 * microsecond wide; from there on, each doubling of the time has 64 buckets. */
#include "histogram.h"

enum {
    STEPS = 64,
    FINE_PER_US = 4,
    FINE_US = 64,
    FINE = FINE_US * FINE_PER_US
};

static int
bucket_of(double us)
{
    double limit = FINE_US;
    int bucket = FINE;

    if (us < limit)
        return us > 0 ? (int)(us * FINE_PER_US) : 0;
    while (us >= limit * 2) {
        limit *= 2;
        bucket += STEPS;
    }
    bucket += (int)((us - limit) / limit * STEPS);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* Where a bucket ends. */
static double
end_us(int bucket)
{
    double limit = FINE_US;

    if (bucket < FINE)
        return (double)(bucket + 1) / FINE_PER_US;
    for (bucket -= FINE; bucket >= STEPS; bucket -= STEPS)
        limit *= 2;
    return limit * (1 + (bucket + 1.0) / STEPS);
}

void
histogram_add(struct histogram *h, double us)
{
    h->total++;
    h->buckets[bucket_of(us)]++;
}

double
histogram_time(const struct histogram *h, double part)
{
    long seen = 0;

    for (int i = 0; i < HISTOGRAM_BUCKETS && h->total > 0; i++) {
        seen += h->buckets[i];
        if ((double)seen >= part * (double)h->total)
            return end_us(i);
    }
    return 0;
}
