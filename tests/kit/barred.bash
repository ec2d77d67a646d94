# barred: a machine that bars private networks, played on one that does not.
# Source it, with the build folder in $build.

# "${no_networks[@]}" COMMAND...: runs a command without any right, and no other
# network can be made. "${barred[@]}" COMMAND...: and where nothing listens.
# shellcheck disable=SC2016,SC2034,SC2154 # the inner shell's; the caller's
no_networks=(unshare --user --map-current-user --keep-caps bash -c '
    echo 0 >/proc/sys/user/max_user_namespaces &&
        echo 0 >/proc/sys/user/max_net_namespaces &&
        exec setpriv --inh-caps=-all --ambient-caps=-all \
            --bounding-set=-all "$@"' no_networks)
# shellcheck disable=SC2034,SC2154
barred=("$build/tests/harness/labnet" "${no_networks[@]}")
