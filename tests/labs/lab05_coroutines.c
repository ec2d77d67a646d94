/* lab05_coroutines: checks of the coroutine programs. */
#include "echo_contract.h"

ECHO_CONTRACT(server, 65536)
