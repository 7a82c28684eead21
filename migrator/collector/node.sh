# Runs on a node, over ssh or in a pod that has the node's root at $ROOT. Reads the files named below and the state of
# the node (free space, swap, running programs), changes nothing, masks what looks like a credential, and prints all in
# one: each line set in by a space, marks without.
LC_ALL=C
export LC_ALL
ROOT=${ROOT:-}
NODE=${NODE:-$(hostname 2>/dev/null || echo unknown)}

mask() {
    sed -e 's#//[^/:@ ]*:[^/@ ]*@#//<masked>@#g' \
        -e 's#\("[A-Za-z_-]*\([Aa]uth\|[Pp]assword\|[Tt]oken\|[Ss]ecret\)[A-Za-z_-]*"[ ]*:[ ]*\)"[^"]*"#\1"<masked>"#g' \
        -e 's#\(\([Pp][Aa][Ss][Ss][Ww][Oo]*[Rr]*[Dd]\|[Tt][Oo][Kk][Ee][Nn]\|[Ss][Ee][Cc][Rr][Ee][Tt]\)[A-Za-z_-]*[ ]*[=:][ ]*\)"[^"]*"#\1"<masked>"#g' \
        -e "s#\(\([Pp][Aa][Ss][Ss][Ww][Oo]*[Rr]*[Dd]\|[Tt][Oo][Kk][Ee][Nn]\|[Ss][Ee][Cc][Rr][Ee][Tt]\)[A-Za-z_-]*[ ]*[=:][ ]*\)[^ \"'<,;]\{1,\}#\1<masked>#g" \
        -e 's#\(--[a-z-]*\(password\|token\|secret\)[a-z-]* \{1,\}\)[^ ]\{1,\}#\1<masked>#g'
}

indent() {
    mask | awk '{ print " " $0 }'
}

# The file that a path on the node leads to: links are those of the node, not of the pod.
follow() {
    real=$ROOT$1
    steps=0
    while [ -L "$real" ] && [ "$steps" -lt 8 ]; do
        link=$(readlink "$real") || break
        case $link in
            /*) real=$ROOT$link ;;
            *) real=$(dirname "$real")/$link ;;
        esac
        steps=$((steps + 1))
    done
}

one() {
    follow "$1"
    if [ ! -e "$real" ]; then
        printf '@@ absent %s\n' "$1"
    elif [ ! -f "$real" ]; then
        return 0
    elif content=$(head -c 262144 "$real" 2>/dev/null); then
        printf '@@ file %s\n' "$1"
        printf '%s\n' "$content" | indent
    else
        printf '@@ unreadable %s\n' "$1"
    fi
}

each() {
    if [ -d "$ROOT$1" ] && [ ! -r "$ROOT$1" ]; then
        printf '@@ unreadable %s/*\n' "$1"
    fi
    for found in "$ROOT$1"/*; do
        case $found in
            */\*) ;;
            *$2) one "${found#"$ROOT"}" ;;
        esac
    done
}

parameters() {
    if command -v sysctl >/dev/null 2>&1; then
        sysctl -a 2>/dev/null
    else
        find /proc/sys -type f 2>/dev/null | while read -r found; do
            value=$(head -c 4096 "$found" 2>/dev/null | tr '\n' ' ') || continue
            printf '%s = %s\n' "$(printf '%s' "${found#/proc/sys/}" | tr / .)" "$value"
        done
    fi
}

processes() {
    for found in "$ROOT"/proc/[0-9]*/cmdline; do
        [ -r "$found" ] || continue
        program=$(tr '\000' '\n' <"$found" 2>/dev/null | head -n 1)
        case $program in
            kubelet | */kubelet)
                printf '@@ file %s\n' "${found#"$ROOT"}"
                tr '\000' ' ' <"$found" 2>/dev/null | indent
                config=$(tr '\000' '\n' <"$found" 2>/dev/null | sed -n 's/^--config=//p' | head -n 1)
                [ -z "$config" ] || one "$config"
                ;;
        esac
    done
}

free() {
    follow "$1"
    [ -d "$real" ] || return 0
    df -kP "$real" 2>/dev/null | awk -v folder="$1" 'NR == 2 && $4 ~ /^[0-9]+$/ { print "free " folder "=" $4 }'
}

# Whether one of the files is there; where a link leads is the node's matter, not the pod's.
there() {
    for found in "$@"; do
        if [ -e "$found" ] || [ -L "$found" ]; then
            printf 'yes'
            return 0
        fi
    done
    printf 'no'
}

# Whether programs run is seen from the processes: systemd does not answer in a pod. Where other people's processes are
# hidden, nothing is said.
programs() {
    [ -r "$ROOT/proc/1/comm" ] || return 0
    running=$(cat "$ROOT"/proc/[0-9]*/comm 2>/dev/null | sort -u)
    for name in chronyd ntpd systemd-journald NetworkManager; do
        seen=no
        # The kernel keeps 15 letters of a name.
        if printf '%s\n' "$running" | grep -qx "$(printf '%.15s' "$name")"; then seen=yes; fi
        printf 'running %s=%s\n' "$name" "$seen"
    done
}

images() {
    if [ -z "$ROOT" ] && command -v crictl >/dev/null 2>&1 && listed=$(crictl images -q 2>/dev/null); then
        printf 'images=%s\n' "$(printf '%s\n' "$listed" | sort -u | grep -c .)"
    elif printf '%s\n' "$running" | grep -qx dockerd; then
        follow /var/lib/docker
        for found in "$real"/image/*/imagedb/content/sha256; do
            [ -d "$found" ] && [ -r "$found" ] && printf 'images=%s\n' "$(ls "$found" | grep -c .)" && return 0
        done
    fi
    return 0
}

state() {
    running=
    [ ! -r "$ROOT/proc/swaps" ] || printf 'swap=%s\n' "$(sed 1d "$ROOT/proc/swaps" | grep -c .)"
    [ ! -r "$ROOT/proc/meminfo" ] || awk '
        $1 == "MemTotal:" { total = $2 }
        $1 == "MemAvailable:" { left = $2; told = 1 }
        END { if (told && total > 0) printf "memory used=%d\n", (total - left) * 100 / total }' "$ROOT/proc/meminfo"
    for folder in / /tmp /var/lib/docker /var/lib/containerd /mnt/paas/kubernetes/kubelet; do
        free "$folder"
    done
    mode=$(stat -c %a "$ROOT/" 2>/dev/null) && printf 'mode /=%s\n' "$mode"
    if [ -r "$ROOT/etc/passwd" ]; then
        if grep -q '^paas:' "$ROOT/etc/passwd"; then
            printf 'shell paas=%s\n' "$(sed -n 's/^paas:.*:\([^:]*\)$/\1/p' "$ROOT/etc/passwd" | head -n 1)"
        else
            printf 'shell paas=absent\n'
        fi
    fi
    if [ -r "$ROOT/sys/class/net/bond0/mtu" ]; then
        printf 'mtu bond0=%s\n' "$(cat "$ROOT/sys/class/net/bond0/mtu")"
    elif [ -d "$ROOT/sys/class/net" ]; then
        printf 'mtu bond0=absent\n'
    fi
    if [ -L "$ROOT/var/lib/kubelet" ]; then
        printf 'link /var/lib/kubelet=%s\n' "$(readlink "$ROOT/var/lib/kubelet")"
    elif [ -d "$ROOT/var/lib" ]; then
        printf 'link /var/lib/kubelet=absent\n'
    fi
    # Each is looked for only where its folder shows that the node's own files are seen.
    if [ -n "$(ls "$ROOT/run" 2>/dev/null)" ] && { [ ! -d "$ROOT/run/containerd" ] || [ -x "$ROOT/run/containerd" ]; }; then
        printf 'containerd socket=%s\n' "$(there "$ROOT/run/containerd/containerd.sock")"
    fi
    if [ -n "$(ls "$ROOT/usr/bin" 2>/dev/null)" ]; then
        for name in chage chown chmod mkdir ln touch pidof; do
            printf 'command %s=%s\n' "$name" "$(there "$ROOT"/usr/bin/$name "$ROOT"/bin/$name "$ROOT"/usr/sbin/$name \
                "$ROOT"/sbin/$name "$ROOT"/usr/local/bin/$name)"
        done
    fi
    if [ -r "$ROOT/opt/cloud/cce/kubernetes/kubelet/pki" ]; then
        printf 'kubelet certificates=%s\n' "$(ls "$ROOT/opt/cloud/cce/kubernetes/kubelet/pki" | grep -c .)"
    fi
    programs
    images
}

printf '# cce-migrator node-facts 1 node=%s\n' "$NODE"
printf '@@ command sysctl -a\n'
parameters | grep -v -e stable_secret -e fastopen_key -e random.uuid -e random.boot_id | indent
for path in /etc/sysctl.conf /etc/security/limits.conf /etc/docker/daemon.json /etc/sysconfig/docker \
    /etc/default/docker /etc/containerd/config.toml /etc/rc.d/rc.local /etc/rc.local /etc/crontab /etc/fstab \
    /proc/1/mounts /etc/hosts /etc/resolv.conf; do
    one "$path"
done
each /etc/sysctl.d .conf
each /etc/security/limits.d .conf
each /etc/cron.d ''
each /var/spool/cron ''
each /var/spool/cron/crontabs ''
each /etc/systemd/system .service
for folder in "$ROOT"/etc/systemd/system/*.service.d; do
    [ ! -d "$folder" ] || each "${folder#"$ROOT"}" .conf
done
processes
printf '@@ command node state\n'
state | indent
printf '@@ end\n'
