# Runs on a node, over ssh or in a pod that has the node's root at $ROOT. Reads the files named below and the state of
# the node (free space, swap, running programs and the like), changes nothing, masks what looks like a credential, and
# prints all in one: each line set in by a space, marks without. The node's own programs are asked over ssh only.
LC_ALL=C
export LC_ALL
ROOT=${ROOT:-}
NODE=${NODE:-$(hostname 2>/dev/null || uname -n 2>/dev/null || echo unknown)}
NODE=$(printf '%s' "$NODE" | tr -c 'A-Za-z0-9._:-' '_' | head -c 253)

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

# The command line is read of kubelet alone: reading that of a process which waits for a lost file system may not end.
processes() {
    for found in $(grep -l -x kubelet "$ROOT"/proc/[0-9]*/comm 2>/dev/null); do
        found=${found%/comm}/cmdline
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

# COMMAND...: what it prints, until it has been silent for 12 seconds. Then it is left behind: what waits for a file
# system that is lost cannot always be killed, and whoever waits for it waits as long. So it must not hold the script's
# own output either: each is redirected by itself, as a shell keeps what it redirects for more than one.
watched() {
    {
        {
            "$@"
            echo '@end'
        } </dev/null 2>/dev/null &
        while sleep 1 && echo '@second'; do :; done </dev/null 2>/dev/null &
    } | {
        silent=0
        while [ "$silent" -lt 12 ] && read -r line; do
            case $line in
                @end) break ;;
                @second) silent=$((silent + 1)) ;;
                *)
                    silent=0
                    printf '%s\n' "$line"
                    ;;
            esac
        done
    }
}

# df may look at other mounts on its way to the one that it is asked of.
free() {
    for folder in / /tmp /var/lib/docker /var/lib/containerd /mnt/paas/kubernetes/kubelet; do
        follow "$folder"
        [ ! -d "$real" ] || df -kP "$real" 2>/dev/null \
            | awk -v folder="$folder" 'NR == 2 && $4 ~ /^[0-9]+$/ { print "free " folder "=" $4 }'
    done
}

runs() {
    printf '%s\n' "$running" | grep -qx "$1"
}

# How many files a folder holds; empty where it is not seen.
entries() {
    if [ -d "$1" ] && [ -r "$1" ]; then ls "$1" | grep -c .; fi
}

# Whether programs run is seen from the processes: systemd does not answer in a pod. Those in containers are not the
# node's. Where other people's processes are hidden, nothing is said.
programs() {
    [ -r "$ROOT/proc/1/comm" ] || return 0
    running=$({
        grep -l -e kubepods -e '/docker[-/]' -e cri-containerd -e '/pod[0-9a-f]\{8\}-' "$ROOT"/proc/[0-9]*/cgroup
        grep -H '' "$ROOT"/proc/[0-9]*/comm
    } 2>/dev/null | awk '
        {
            process = $0
            sub(/\/(cgroup|comm:.*)$/, "", process)
            if (process "/cgroup" == $0) contained[process] = 1
            else if (!(process in contained)) print substr($0, length(process) + length("/comm:") + 1)
        }' | sort -u)
    [ -n "$running" ] || return 0
    for name in chronyd ntpd systemd-journald NetworkManager kube-proxy; do
        seen=no
        # The kernel keeps 15 letters of a name.
        if runs "$(printf '%.15s' "$name")"; then seen=yes; fi
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

# Root alone tries it: of a user who lacks the right it would tell nothing, and he might be reported for it. It may want
# a terminal, and root need not be among those whom it lets do anything.
try_sudo() {
    [ "$(id -u)" = 0 ] || return 0
    code=0
    said=$(limited 10 sudo -n true 2>&1) || code=$?
    case $code/$said in
        0/*) printf 'sudo=yes\n' ;;
        12[567]/* | */*tty* | */*'not in the sudoers'* | */*'not allowed'*) ;;
        *) printf 'sudo=no\n' ;;
    esac
}

# Whether the commands answer that an upgrade runs on the node.
commands() {
    if [ -z "$ROOT" ] && command -v sudo >/dev/null 2>&1; then
        try_sudo
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

# In how much of one second the processors worked, rounded up.
processors() {
    [ -r "$ROOT/proc/stat" ] || return 0
    before=$(head -n 1 "$ROOT/proc/stat")
    sleep 1
    printf '%s\n%s\n' "$before" "$(head -n 1 "$ROOT/proc/stat")" | awk '
        $1 == "cpu" {
            busy = $2 + $3 + $4 + $7 + $8
            all = busy + $5 + $6 + $9
            if (NR == 2 && all > all_before) {
                used = (busy - busy_before) * 100 / (all - all_before)
                printf "cpu used=%d\n", used + (used > int(used))
            }
            busy_before = busy
            all_before = all
        }'
}

# Enters each folder that is mounted by the network. Three that hang are enough to know.
enter() {
    hanging=0
    awk -v root="$ROOT" '
        index($2, root "/") == 1 && $2 !~ /\\/ \
            && $3 ~ /^(nfs[0-9]?|cifs|smb3|smbfs|9p|ceph|glusterfs|lustre|beegfs|gpfs|fuse(\..*)?|s3fs|obsfs)$/ {
            print substr($2, length(root) + 1)
        }' "$ROOT/proc/self/mounts" 2>/dev/null | sort -u | head -n 200 | while read -r place; do
        printf 'waiting %s\n' "$place"
        code=0
        limited 10 sh -c 'cd "$1"' sh "$ROOT$place" >/dev/null 2>&1 || code=$?
        printf '%s %s\n' "$code" "$place"
        case $code in
            124 | 137)
                hanging=$((hanging + 1))
                [ "$hanging" -lt 3 ] || break
                ;;
        esac
    done
}

# Whether what is mounted by the network answers. Nothing is said of one that refuses at once: it may be lost as well.
mounts() {
    watched enter | awk '
        { last[$2] = $1 }
        END {
            for (place in last) {
                if (last[place] == "0") print "answers " place "=yes"
                if (last[place] ~ /^(waiting|124|137)$/) print "answers " place "=no"
            }
        }'
}

# Docker's layers or images, of all its storage drivers together. No node has none: then Docker keeps them elsewhere.
of_docker() {
    runs dockerd || return 0
    follow /var/lib/docker
    sum=
    for found in "$real"/image/*/"$1"; do
        count=$(entries "$found")
        [ -z "$count" ] || sum=$((${sum:-0} + count))
    done
    printf '%s' "$sum"
}

# Layers of containerd with what running containers wrote, which lies beside them. Docker's own containerd has none.
snapshots() {
    runs containerd || return 0
    follow /var/lib/containerd
    entries "$real/io.containerd.snapshotter.v1.overlayfs/snapshots"
}

# Docker may have been added to a node of containerd: then the layers of both count.
layers() {
    docker=$(of_docker layerdb/sha256)
    most=$(snapshots)
    committed=0
    [ -n "$ROOT" ] || ! runs containerd \
        || committed=$(limited 15 ctr -n k8s.io snapshots ls 2>/dev/null | grep -c 'Committed *$')
    if [ "$committed" -gt 0 ]; then
        printf 'layers=%s\n' "$((committed + ${docker:-0}))"
    elif [ "${most:-0}" -gt 0 ]; then
        printf 'layers at most=%s\n' "$((most + ${docker:-0}))"
    elif [ "${docker:-0}" -gt 0 ]; then
        printf 'layers=%s\n' "$docker"
    fi
}

# What crictl lists may be Docker's as well, so that the larger number counts, not both.
images() {
    docker=$(of_docker imagedb/content/sha256)
    most=$(snapshots)
    if [ -z "$ROOT" ] && listed=$(limited 15 crictl images -q 2>/dev/null) && [ -n "$listed" ]; then
        listed=$(printf '%s\n' "$listed" | sort -u | grep -c .)
        [ "$listed" -gt "${docker:-0}" ] || listed=${docker:-0}
        printf 'images=%s\n' "$listed"
    elif [ "${docker:-0}" -gt 0 ] && [ "${most:-0}" -eq 0 ]; then
        printf 'images=%s\n' "$docker"
    fi
}

state() {
    running=
    [ ! -r "$ROOT/proc/swaps" ] || printf 'swap=%s\n' "$(sed 1d "$ROOT/proc/swaps" | grep -c .)"
    [ ! -r "$ROOT/proc/meminfo" ] || awk '
        $1 == "MemTotal:" { total = $2 }
        $1 == "MemAvailable:" { left = $2; told = 1 }
        END {
            if (!told || total <= 0) exit
            used = (total - left) * 100 / total
            printf "memory used=%d\n", used + (used > int(used))
        }' "$ROOT/proc/meminfo"
    watched free
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
    for path in /var/lib/kubelet /var/lib/docker /var/lib/containerd; do
        if [ -L "$ROOT$path" ]; then
            printf 'link %s=%s\n' "$path" "$(readlink "$ROOT$path")"
        elif [ -d "$ROOT/var/lib" ]; then
            printf 'link %s=absent\n' "$path"
        fi
    done
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
    count=$(entries "$ROOT/opt/cloud/cce/kubernetes/kubelet/pki")
    [ -z "$count" ] || printf 'kubelet certificates=%s\n' "$count"
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
