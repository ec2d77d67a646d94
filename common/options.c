/* options: see options.h. */
#include "options.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { USAGE_STATUS = 2 };

static void
usage(FILE *out, const char *arguments)
{
    (void)fprintf(out,
                  "usage: %s [-a ADDRESS] [-p PORT]%s\n"
                  "  -a ADDRESS  IPv4 or IPv6 address (127.0.0.1)\n"
                  "  -p PORT     0 to 65535 (%d)\n",
                  program_invocation_short_name, arguments, DEFAULT_PORT);
}

_Noreturn static void
refuse(const char *what, const char *text, const char *arguments)
{
    (void)fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
                  text);
    usage(stderr, arguments);
    exit(USAGE_STATUS);
}

/* The number in `text`, or -1 when it is not a port: atoi would take "77881"
 * and the network would see 12345, its last 16 bits. */
static int
port_number(const char *text)
{
    char *end;
    long port;

    errno = 0;
    port = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || port < 0 ||
        port > UINT16_MAX)
        return -1;
    return (int)port;
}

/* Reads -a, -p and -h; optind is then the first argument behind them. */
static struct address
common_options(int argc, char *argv[], const char *arguments)
{
    const char *host = "127.0.0.1";
    int port = DEFAULT_PORT;
    struct address address;
    char letter[] = "-?";
    int option;

    opterr = 0; /* the messages are our own */
    while ((option = getopt(argc, argv, "+:a:p:h")) != -1) {
        switch (option) {
        case 'a':
            host = optarg;
            break;
        case 'p':
            port = port_number(optarg);
            if (port < 0)
                refuse("not a port (0 to 65535)", optarg, arguments);
            break;
        case 'h':
            usage(stdout, arguments);
            exit(EXIT_SUCCESS);
        default:
            letter[1] = (char)optopt;
            refuse(option == ':' ? "a value is missing" : "unknown option",
                   letter, arguments);
        }
    }
    if (address_parse(&address, host, port) < 0)
        refuse("not an IPv4 or IPv6 address", host, arguments);
    return address;
}

struct address
server_options(int argc, char *argv[])
{
    struct address address = common_options(argc, argv, "");

    if (optind < argc)
        refuse("unexpected argument", argv[optind], "");
    return address;
}

struct address
client_options(int argc, char *argv[], char ***messages)
{
    const char *arguments = " MESSAGE...";
    struct address address = common_options(argc, argv, arguments);

    if (optind == argc)
        refuse("what is missing", "MESSAGE", arguments);
    *messages = argv + optind;
    return address;
}
