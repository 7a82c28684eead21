# Runs on a node, over ssh or in a pod that has the node's root at $ROOT. Reads the files named below and the state of
# the node (free space, swap, running programs and the like), changes nothing, masks what looks like a credential, and
# prints all in one: each line set in by a space, marks without. The node's own programs are asked over ssh only.
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

# The file of that name is not there: the folder that would hold it, or the next above, can be searched. Where not even
# the first folder of the path is there, the node's own files are not seen.
missing() {
    above=$1
    while [ "$above" != "$ROOT" ] && [ ! -e "$above" ] && [ ! -L "$above" ]; do above=${above%/*}; done
    [ "$above" != "$1" ] && [ "$above" != "$ROOT" ] && [ -x "$above" ]
}

# SECONDS COMMAND...: its answer, for so long at most; 137 or 124 where it had to be ended. Nothing is asked without a
# limit. The script itself comes by the standard input, which no command may read.
limited() {
    command -v timeout >/dev/null 2>&1 || return 127
    timeout -s KILL "$@" </dev/null
}

# Whether programs run is seen from the processes: systemd does not answer in a pod. Where other people's processes are
# hidden, nothing is said.
programs() {
    [ -r "$ROOT/proc/1/comm" ] || return 0
    running=$(cat "$ROOT"/proc/[0-9]*/comm 2>/dev/null | sort -u)
    for name in chronyd ntpd systemd-journald NetworkManager kube-proxy; do
        seen=no
        # The kernel keeps 15 letters of a name.
        if printf '%s\n' "$running" | grep -qx "$(printf '%.15s' "$name")"; then seen=yes; fi
        printf 'running %s=%s\n' "$name" "$seen"
    done
}

# What systemd says of a service. Where it does not answer, as in a pod, a process in the service's group shows that it
# is active; that it is not, nothing shows.
services() {
    names='canal yangtse kube-proxy cce-agent'
    # shellcheck disable=SC2086,SC2046
    if [ -z "$ROOT" ] && told=$(limited 10 systemctl show -p LoadState -p ActiveState \
        $(printf '%s.service ' $names) 2>/dev/null) && [ -n "$told" ]; then
        printf '%s\n' "$told" | awk -v names="$names" '
            BEGIN { RS = ""; FS = "\n"; split(names, name, " ") }
            {
                state = ""
                for (i = 1; i <= NF; i++) if (sub(/^ActiveState=/, "", $i)) state = $i
                if ($0 ~ /LoadState=not-found/) state = "absent"
                print "service " name[NR] "=" state
            }'
        return 0
    fi
    active=$(cat "$ROOT"/proc/[0-9]*/cgroup 2>/dev/null | awk -F / '
        !/kubepods/ { for (i = 2; i <= NF; i++) if (sub(/\.service$/, "", $i)) print $i }' | sort -u)
    for name in $names; do
        ! printf '%s\n' "$active" | grep -qx -e "$name" || printf 'service %s=active\n' "$name"
    done
}

# Whether the commands answer that an upgrade runs on the node.
commands() {
    if [ -z "$ROOT" ] && command -v sudo >/dev/null 2>&1; then
        code=0
        said=$(limited 10 sudo -n true 2>&1) || code=$?
        # A user may lack the right that root has, and sudo may want a terminal.
        case $code/$(id -u)/$said in
            0/*) printf 'sudo=yes\n' ;;
            12[567]/* | */*/*tty*) ;;
            */0/*) printf 'sudo=no\n' ;;
        esac
    elif [ "$(there "$ROOT/usr/bin/sudo" "$ROOT/bin/sudo" "$ROOT/usr/local/bin/sudo")" = no ]; then
        printf 'sudo=no\n'
    fi
    [ -z "$ROOT" ] || return 0
    packages='rpm -qa'
    [ ! -e /etc/debian_version ] || packages='dpkg -l'
    code=0
    # shellcheck disable=SC2086
    limited 30 $packages >/dev/null 2>&1 || code=$?
    command -v "${packages%% *}" >/dev/null 2>&1 || code=1
    case $code in
        0) printf 'answers %s=yes\n' "${packages%% *}" ;;
        12[567]) ;;
        *) printf 'answers %s=no\n' "${packages%% *}" ;;
    esac
    code=0
    limited 15 systemctl status kubelet >/dev/null 2>&1 || code=$?
    case $code in
        0 | 3) printf 'answers systemctl=yes\n' ;; # 3: it answers that kubelet does not run
        1 | 2 | 124 | 137) printf 'answers systemctl=no\n' ;;
    esac
}

# Whether a file must not be changed, by anybody: flag i.
immutable() {
    follow "$1"
    if [ -e "$real" ]; then
        flags=$(lsattr "$real" 2>/dev/null | awk 'NR == 1 { print $1 }')
        case $flags in
            '' | *[!A-Za-z-]*) ;;
            *i*) printf 'immutable %s=yes\n' "$1" ;;
            *) printf 'immutable %s=no\n' "$1" ;;
        esac
    elif missing "$ROOT$1"; then
        printf 'immutable %s=absent\n' "$1"
    fi
}

# The id of the server that a file holds, and nothing else that it may hold.
id_in() {
    follow "$1"
    if [ -f "$real" ] && [ -r "$real" ]; then
        held=$(head -c 4096 "$real" | tr -d '\000' | tr -s ' \t\r\n' ' ' | sed -e 's/^ //' -e 's/ $//')
        case $held in
            '') held=empty ;;
            *[!0-9A-Za-z-]*) held=other ;;
        esac
        [ "${#held}" -le 64 ] || held=other
        printf 'id %s=%s\n' "$1" "$held"
    elif missing "$ROOT$1"; then
        printf 'id %s=absent\n' "$1"
    fi
}

# In how much of one second the processors worked.
processors() {
    [ -r "$ROOT/proc/stat" ] || return 0
    before=$(head -n 1 "$ROOT/proc/stat")
    sleep 1
    printf '%s\n%s\n' "$before" "$(head -n 1 "$ROOT/proc/stat")" | awk '
        $1 == "cpu" {
            busy = $2 + $3 + $4 + $7 + $8
            all = busy + $5 + $6 + $9
            if (NR == 2 && all > all_before) printf "cpu used=%d\n", (busy - busy_before) * 100 / (all - all_before)
            busy_before = busy
            all_before = all
        }'
}

# Whether what is mounted by the network answers. Three that hang are enough to know.
mounts() {
    hanging=0
    awk -v root="$ROOT" '
        index($2, root "/") == 1 && $2 !~ /\\/ && ($3 ~ /^(nfs[0-9]?|cifs|ceph|glusterfs|lustre|fuse|s3fs|obsfs)$/ \
            || $3 ~ /^fuse\.(s3fs|obsfs|sshfs|glusterfs)/) { print substr($2, length(root) + 1) }' \
        "$ROOT/proc/self/mounts" 2>/dev/null | sort -u | head -n 200 | while read -r place; do
        code=0
        limited 10 sh -c 'cd "$1"' sh "$ROOT$place" >/dev/null 2>&1 || code=$?
        case $code in
            0 | 1 | 2) printf 'answers %s=yes\n' "$place" ;;
            124 | 137)
                printf 'answers %s=no\n' "$place"
                hanging=$((hanging + 1))
                [ "$hanging" -lt 3 ] || break
                ;;
        esac
    done
}

layers() {
    if printf '%s\n' "$running" | grep -qx dockerd; then
        follow /var/lib/docker
        for found in "$real"/image/*/layerdb/sha256; do
            [ -d "$found" ] && [ -r "$found" ] && printf 'layers=%s\n' "$(ls "$found" | grep -c .)" && return 0
        done
    elif printf '%s\n' "$running" | grep -qx containerd; then
        count=0
        [ -n "$ROOT" ] || count=$(limited 15 ctr -n k8s.io snapshots ls 2>/dev/null | grep -c 'Committed *$')
        if [ "$count" -gt 0 ]; then
            printf 'layers=%s\n' "$count"
        else
            follow /var/lib/containerd
            found=$real/io.containerd.snapshotter.v1.overlayfs/snapshots
            # What the running containers wrote lies beside the layers.
            [ ! -d "$found" ] || [ ! -r "$found" ] || printf 'layers at most=%s\n' "$(ls "$found" | grep -c .)"
        fi
    fi
    return 0
}

images() {
    if [ -z "$ROOT" ] && listed=$(limited 15 crictl images -q 2>/dev/null); then
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
        commands
    fi
    for path in /opt/cloud/cce/kubernetes/kubelet/kubelet /opt/cloud/cce/kubernetes/kubelet/kubelet_config.yaml \
        /opt/cloud/cce/kubernetes/kube-proxy/kube-proxy /etc/sysconfig/docker /etc/default/docker; do
        if [ -e "$ROOT$path" ] || [ -L "$ROOT$path" ]; then
            printf 'file %s=yes\n' "$path"
        elif missing "$ROOT$path"; then
            printf 'file %s=no\n' "$path"
        fi
    done
    immutable /etc/sudoers
    immutable /etc/sudoers.d/sudoerspaas
    id_in /var/lib/cloud/data/instance-id
    id_in /var/paas/conf/server.conf
    if [ -r "$ROOT/opt/cloud/cce/kubernetes/kubelet/pki" ]; then
        printf 'kubelet certificates=%s\n' "$(ls "$ROOT/opt/cloud/cce/kubernetes/kubelet/pki" | grep -c .)"
    fi
    programs
    services
    images
    layers
    mounts
    processors
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
