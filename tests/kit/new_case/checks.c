/* The checks of the new case. What stands behind the includes is put at the end
 * of the lab's checks. */
#include "check.h"

/* --- more_than_you_see ---------------------------------------------------- */

REPAIR(more_than_you_see, nothing_but_the_length_comes)
{
    struct program *server = start_case("more_than_you_see", NULL);
    struct peer *client = connect_client(1, server);

    send_text(client, "hello\n");
    expect_text(client, "5\n");
    expect_silence(client);
    half_close(client);
    expect_end(client);
}

REPAIR(more_than_you_see, each_line_gets_its_length)
{
    struct program *server = start_case("more_than_you_see", NULL);
    struct peer *client = connect_client(1, server);

    send_text(client, "one\n\nthr");
    expect_text(client, "3\n0\n");
    expect_silence(client);
    send_text(client, "ee\n");
    expect_text(client, "5\n");
    leave(client);
    expect_asleep(server, "accept");
}

SYMPTOM(more_than_you_see, zeros_follow_each_answer)
{
    const char five[32] = "5\n", none[32] = "0\n";
    struct program *server = start_case("more_than_you_see", NULL);
    struct peer *client = connect_client(1, server);

    send_text(client, "hello\n\n");
    expect_bytes(client, five, sizeof five);
    expect_bytes(client, none, sizeof none);
    expect_silence(client);
    half_close(client);
    expect_end(client);
}
