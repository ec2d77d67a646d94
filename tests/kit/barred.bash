# barred: a machine that bars private networks, played on one that does not.
# Source it, with the build folder in $build.

# "${barred[@]}" COMMAND...: runs a command without any right in a network where
# nothing listens and where no other network can be made.
# shellcheck disable=SC2016,SC2034,SC2154 # the inner shell's; the caller's
barred=("$build/tests/harness/labnet" unshare --user --map-current-user
    --keep-caps bash -c '
        echo 0 >/proc/sys/user/max_user_namespaces &&
            echo 0 >/proc/sys/user/max_net_namespaces &&
            exec setpriv --inh-caps=-all --ambient-caps=-all \
                --bounding-set=-all "$@"' barred)
