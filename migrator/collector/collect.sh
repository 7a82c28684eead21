#!/bin/sh
# CCE Migrator collector @VERSION@. Reads a cluster with kubectl and packs what it read into one archive.
# It changes nothing in the cluster, with one exception that must be asked for: --node-facts=daemonset.
# Needs: a POSIX shell, kubectl 1.9 or newer, and awk, sed, grep, tr, head, date, tar, gzip.
set -u
umask 077
LC_ALL=C
export LC_ALL

VERSION='@VERSION@'
KUBECTL=${KUBECTL:-kubectl}
SSH=${SSH:-ssh}

# --- what is said; $1, $2, $3 are the values of a sentence ---

@SENTENCES@

usage() {
    cat <<'END_OF_USAGE'
@USAGE@
END_OF_USAGE
}

exec 3>&2 # a signal may come while stderr leads elsewhere

say() {
    printf '%s\n' "$1" >&3
}

die() {
    say "$2"
    exit "$1"
}

# --- what was asked for ---

kubeconfig='' context='' out='' namespaces='' with_helm=no check_only=no timeout=300 page=500
node_facts=no hosts='' image='busybox:1.36' node_namespace='kube-system' node_wait=180

while [ $# -gt 0 ]; do
    option=$1
    shift
    case $option in
        --*=*)
            set -- "${option#*=}" "$@"
            option=${option%%=*}
            ;;
    esac
    case $option in
        -h | --help)
            usage
            exit 0
            ;;
        --version)
            printf 'collector %s\n' "$VERSION"
            exit 0
            ;;
        --with-helm)
            with_helm=yes
            continue
            ;;
        --check)
            check_only=yes
            continue
            ;;
        --kubeconfig | --context | --out | --namespaces | --timeout | --page-size | --node-facts | --hosts | --image \
            | --node-namespace | --node-wait) ;;
        *) die 2 "$(t_unknown_option "$option")" ;;
    esac
    [ $# -gt 0 ] || die 2 "$(t_missing_value "$option")"
    case $option in
        --kubeconfig) kubeconfig=$1 ;;
        --context) context=$1 ;;
        --out) out=$1 ;;
        --namespaces) namespaces=$(printf '%s' "$1" | tr ',' ' ') ;;
        --timeout) timeout=$1 ;;
        --page-size) page=$1 ;;
        --node-facts) node_facts=$1 ;;
        --hosts) hosts=$1 ;;
        --image) image=$1 ;;
        --node-namespace) node_namespace=$1 ;;
        --node-wait) node_wait=$1 ;;
    esac
    shift
done

for word in "$timeout" "$page" "$node_wait"; do
    case $word in
        *[!0-9]* | '') die 2 "$(t_not_a_number "$word")" ;;
    esac
done
case $node_facts in
    no | daemonset) ;;
    ssh) [ -r "$hosts" ] || die 2 "$(t_no_hosts_file "$hosts")" ;;
    *) die 2 "$(t_bad_node_facts "$node_facts")" ;;
esac
for word in "$image" "$node_namespace" $namespaces; do
    case $word in
        *[!A-Za-z0-9._:/@-]* | '') die 2 "$(t_bad_word "$word")" ;;
    esac
done
for program in awk sed grep tr head date tar gzip; do
    command -v "$program" >/dev/null 2>&1 || die 3 "$(t_no_program "$program")"
done
command -v "${KUBECTL%% *}" >/dev/null 2>&1 || die 3 "$(t_no_kubectl "$KUBECTL")"

k() { # kubectl as it was asked for; KUBECTL may be several words
    # shellcheck disable=SC2086
    $KUBECTL ${kubeconfig:+"--kubeconfig=$kubeconfig"} ${context:+"--context=$context"} \
        "--request-timeout=${timeout}s" "$@"
}

k_limited() { # SECONDS ARGUMENT...: the same, ended after that time (.late); exec heeds no --request-timeout
    seconds=$1
    shift
    rm -f "$work/.late"
    # shellcheck disable=SC2086
    $KUBECTL ${kubeconfig:+"--kubeconfig=$kubeconfig"} ${context:+"--context=$context"} "$@" 3>&- &
    asked=$!
    (
        while [ "$seconds" -gt 0 ] && kill -0 "$asked"; do
            sleep 1
            seconds=$((seconds - 1))
        done
        kill -0 "$asked" && : >"$work/.late" && kill -KILL "$asked"
    ) >/dev/null 2>&1 3>&- &
    wait "$asked" 2>/dev/null
    asked=''
}

# --- the folder, and how all of this ends ---

work='' asked='' daemonset='' started='' finished=no interrupted=no disk_full=no

now() {
    date -u '+%Y-%m-%dT%H:%M:%SZ'
}

json() { # TEXT: as a JSON string
    case $1 in
        *[!A-Za-z0-9._/:,\ @*-]*)
            printf '"%s"' "$(printf '%s' "$1" | tr '\t\n\r' '   ' | tr -d '\000-\010\013\014\016-\037\177' \
                | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g')"
            ;;
        *) printf '"%s"' "$1" ;;
    esac
}

reason() { # the first line of what kubectl said last, without logins, tokens and paths of kubeconfigs
    grep -v -i -e '^warning' -e '^[IWE][0-9][0-9][0-9][0-9] ' "$work/.said" 2>/dev/null | head -n 1 | cut -c 1-300 \
        | tr -cd '\040-\176' | awk -v path="$kubeconfig" '{
            while (path != "" && (at = index($0, path)))
                $0 = substr($0, 1, at - 1) "(kubeconfig)" substr($0, at + length(path))
            print
        }' | sed -e 's#//[^/@ ]*@#//***@#g' -e 's#/[^ :"]*\.kube/[^ :"]*#(kubeconfig)#g' \
        -e 's#\([Bb]earer\|[Tt]oken\|[Pp]assword\)[=: ]\{1,\}[^ ,"]\{6,\}#\1 ***#g'
}

said() { # PATTERN: whether kubectl said such a thing last
    grep -q -i -e "$1" "$work/.said" 2>/dev/null
}

note_disk() { # after a failure: whether the disk is the cause
    if said 'no space left\|disk quota exceeded' || ! printf 'probe\n' >"$work/.probe" 2>/dev/null; then
        disk_full=yes
    fi
    rm -f "$work/.probe"
}

row() { # STATUS REASON GROUP VERSION RESOURCE KIND COUNT FILES...: one line of the list of what was asked for
    row_status=$1 row_reason=$2 row_group=$3 row_version=$4 row_resource=$5 row_kind=$6 row_count=$7
    shift 7
    {
        printf '{"status":%s,"reason":%s' "$(json "$row_status")" "$(json "$row_reason")"
        printf ',"group":%s,"version":%s' "$(json "$row_group")" "$(json "$row_version")"
        printf ',"resource":%s,"kind":%s' "$(json "$row_resource")" "$(json "$row_kind")"
        printf ',"count":%s,"files":[' "${row_count:-0}"
        separator=''
        for file in "$@"; do
            printf '%s%s' "$separator" "$(json "$file")"
            separator=,
        done
        printf ']}\n'
    } >>"$work/.rows"
}

node_row() { # STATUS REASON NODE FILE
    printf '{"status":%s,"reason":%s,"node":%s,"file":%s}\n' \
        "$(json "$1")" "$(json "$2")" "$(json "$3")" "$(json "$4")" >>"$work/.node_rows"
}

joined() { # FILE: its lines with commas between
    [ ! -f "$1" ] || sed -e '$!s/$/,/' "$1"
}

write_manifest() {
    complete=false
    [ "$finished" = no ] || complete=true
    {
        printf '{"kind":"CceMigratorCollection","format":1,\n'
        printf '"collector":%s,"kubectl":%s,"server":%s,\n' \
            "$(json "$VERSION")" "$(json "${client_version:-}")" "$(json "${server_version:-}")"
        printf '"cluster":%s,"context":%s,\n' "$(json "${cluster_name:-}")" "$(json "${context_name:-}")"
        printf '"started":%s,"ended":%s,"complete":%s,"interrupted":%s,"disk_full":%s,\n' \
            "$(json "$started")" "$(json "$(now)")" "$complete" \
            "$([ "$interrupted" = yes ] && echo true || echo false)" "$([ "$disk_full" = yes ] && echo true || echo false)"
        printf '"with_helm":%s,"node_facts":%s,\n' "$([ "$with_helm" = yes ] && echo true || echo false)" "$(json "$node_facts")"
        printf '"resources":[\n'
        joined "$work/.rows"
        printf '],\n"nodes":[\n'
        joined "$work/.node_rows"
        printf ']}\n'
    } >"$work/collection.json"
}

pack() { # the archive; whether that went well
    write_manifest || return 1
    rm -f "$work"/.[a-z]*
    { tar -C "${work%/*}" -cf - "${work##*/}" || echo failed >"$work.failed"; } | gzip -c >"$archive.tmp" || return 1
    if [ -f "$work.failed" ] || ! gzip -t "$archive.tmp" 2>/dev/null; then
        rm -f "$work.failed" "$archive.tmp"
        return 1
    fi
    mv "$archive.tmp" "$archive"
}

count_rows() { # STATUS
    grep -h -c "\"status\":\"$1\"" "$work/.rows" "$work/.node_rows" 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'
}

finish() { # CODE: the list of what was collected, the archive, the last words
    code=$1
    collected=$(count_rows collected) partial=$(count_rows partial)
    refused=$(count_rows refused) failed=$(count_rows failed)
    if [ "$((collected + partial))" -eq 0 ] && [ "$code" -ne 130 ]; then
        rm -rf "$work"
        work=''
        die 3 "$(t_nothing)"
    fi
    if [ "$finished" = no ]; then
        archive=${archive%.tgz}
        archive=${archive%.tar.gz}-partial.tar.gz
    fi
    say "$(t_summary "$collected" "$((partial + failed))" "$refused")"
    for status in refused partial failed; do
        sed -n "s/^{\"status\":\"$status\",\"reason\":\"\(.*\)\",\"group\":\"\(.*\)\",\"version\":\"\(.*\)\",\"resource\":\"\([^\"]*\)\".*/  $status  \4.\2  \1/p" \
            "$work/.rows" | sed -e 's/\.  /  /' -e 's/\\"/"/g' >&3
    done
    if pack; then
        rm -rf "$work"
        say "$(t_packed "$archive")"
        [ "$code" -ne 0 ] || [ "$((partial + refused + failed))" -eq 0 ] || code=1
    else
        rm -f "$archive.tmp"
        say "$(t_not_packed "$archive" "$work")"
        [ "$code" -eq 130 ] || code=4
    fi
    work=''
    exit "$code"
}

remove_daemonset() {
    [ -n "$daemonset" ] || return 0
    name=$daemonset
    daemonset=''
    if k -n "$node_namespace" delete daemonset "$name" >/dev/null 2>&1; then
        say "$(t_daemonset_removed "$name")"
    else
        say "$(t_daemonset_left "$node_namespace" "$name")"
    fi
}

stop() { # a signal came
    trap '' INT TERM HUP
    interrupted=yes
    say "$(t_interrupted)"
    [ -z "$asked" ] || kill -KILL "$asked" 2>/dev/null
    remove_daemonset
    [ -n "$work" ] || exit 130
    rm -f "$work/.page" "${part:-$work/.page}"
    for file in ${files:-}; do # pages of a list of which others are missing
        rm -f "$work/$file"
    done
    finish 130
}

leave() { # whatever the way out
    remove_daemonset
    if [ -n "$work" ] && [ -d "$work" ]; then
        say "$(t_folder_left "$work")"
    fi
}

trap stop INT TERM HUP
trap leave EXIT

# --- lists of objects ---

# "items depth" of a JSON text: the objects in its list, and 0 where it is complete. Strings are skipped, not read.
measure() {
    awk 'BEGIN { RS = "\""; inside = 0; depth = 0; items = 0 }
    {
        if (inside) {
            slashes = 0
            while (substr($0, length($0) - slashes, 1) == "\\") slashes++
            if (slashes % 2 == 0) inside = 0
            next
        }
        if ($0 ~ /[][{}]/) {
            for (i = 1; i <= length($0); i++) {
                c = substr($0, i, 1)
                if (c == "{") {
                    if (depth == 2 && list[2]) items++
                    list[++depth] = 0
                } else if (c == "[") {
                    list[++depth] = 1
                } else if (c == "}" || c == "]") {
                    depth--
                }
            }
        }
        inside = 1
    }
    END { print items, depth }' "$1"
}

raw() { # PATH FILE: once more after a moment where that may help
    k get --raw "$1" </dev/null >"$2" 2>"$work/.said" && return 0
    said 'forbidden\|not found\|could not find\|unauthorized\|timeout\|deadline\|no space\|too old\|expired\|not allowed' && return 1
    sleep 1
    k get --raw "$1" </dev/null >"$2" 2>"$work/.said"
}

pages() { # PATH STEM: all pages of one list; sets outcome, why, total, files
    outcome=collected why='' number=0 next='' limit=$page files_before=$files total_before=$total
    join='?'
    case $1 in *\?*) join='&' ;; esac
    while :; do
        number=$((number + 1))
        part=$work/$2-$(printf '%03d' "$number").json
        query=$1
        [ "$limit" -eq 0 ] || query="$1${join}limit=$limit${next:+&continue=$next}"
        if ! raw "$query" "$part"; then
            rm -f "$part"
            if said 'too old\|expired' && [ "$limit" -ne 0 ]; then # the pages have gone stale: all in one instead
                rm -f "$work/$2"-[0-9]*.json
                number=0 next='' limit=0 files=$files_before total=$total_before
                continue
            fi
            explain
            [ "$number" -eq 1 ] || outcome=partial
            return 0
        fi
        set_measured "$part"
        if [ "$depth" != 0 ]; then
            rm -f "$part"
            note_disk
            outcome=failed why=cut_off
            [ "$number" -eq 1 ] || outcome=partial
            return 0
        fi
        total=$((total + items))
        files="$files ${part#"$work/"}"
        next=$(head -c 8192 "$part" | tr '\n' ' ' | sed -e 's/"items".*//' | sed -n 's/.*"continue": *"\([^"]*\)".*/\1/p')
        part=''
        [ -n "$next" ] || return 0
    done
}

set_measured() { # FILE: sets items and depth
    measured=$(measure "$1") || measured='0 1'
    items=${measured% *} depth=${measured#* }
}

explain() { # sets outcome and why from what kubectl said
    why=$(reason)
    if said 'forbidden\|unauthorized'; then
        outcome=refused
    elif said 'could not find the requested resource\|(notfound)\|(methodnotallowed)\|does not allow this method'; then
        outcome=not_served
    else
        outcome=failed
        note_disk
    fi
}

collect() { # GROUP VERSION RESOURCE KIND NAMESPACED SELECTOR [NAME]: one resource with all its pages
    base=/apis/$1/$2
    [ -n "$1" ] || base=/api/$2
    label=${7:-$3${1:+.$1}}
    total=0 files=''
    pages "$base/$3${6:+?$6}" "resources/$label"
    if [ "$outcome" = refused ] && [ "$5" = true ] && [ -n "$namespaces" ]; then
        by_namespace "$base" "$3" "$label" "$6"
    fi
    got=$files
    record "$1" "$2" "$3" "$4" "$label"
}

by_namespace() { # BASE RESOURCE LABEL SELECTOR: where not all may be listed at once
    denied='' broken=''
    for space in $namespaces; do
        pages "$1/namespaces/$space/$2${4:+?$4}" "resources/$3-$space"
        tally "$space"
    done
    settle_namespaces
}

tally() { # NAMESPACE: what became of it
    case $outcome in
        collected) ;;
        refused) denied="$denied $1" ;;
        *) broken="$broken $1" ;;
    esac
}

settle_namespaces() { # what the single namespaces make of the whole
    if [ -z "$files" ] && [ -z "$broken" ]; then
        outcome=refused
    elif [ -n "$denied$broken" ] || [ "$all_namespaces" = no ]; then
        outcome=partial why="not_all_namespaces:$denied$broken"
    else
        outcome=collected why=''
    fi
}

record() { # GROUP VERSION RESOURCE KIND LABEL: the row of what was just collected, and a line of progress
    # shellcheck disable=SC2086
    row "$outcome" "$why" "$1" "$2" "$3" "$4" "$total" $files
    files=''
    progress=$((progress + 1))
    say "[$progress/$expected] $5: $(word "$outcome") $total"
    [ "$disk_full" = no ] || out_of_disk
}

out_of_disk() {
    say "$(t_disk_full)"
    finish 4
}

word() { # STATUS
    case $1 in
        collected) t_word_collected ;;
        partial) t_word_partial ;;
        refused) t_word_refused ;;
        not_served) t_word_not_served ;;
        left_out) t_word_left_out ;;
        *) t_word_failed ;;
    esac
}

# Names, labels, types and keys: the template prints no value, so none reaches the disk.
WITHOUT_VALUES='{"kind":"@List","apiVersion":"v1","items":[{{range .items}}
{"metadata":{"name":{{printf "%q" .metadata.name}},"namespace":{{printf "%q" .metadata.namespace}},"uid":{{printf "%q" .metadata.uid}},"labels":{ {{range $k, $v := .metadata.labels}}{{printf "%q" $k}}:{{printf "%q" $v}},{{end}}}},{{with .type}}"type":{{printf "%q" .}},{{end}}"data":{ {{range $k, $v := .data}}{{printf "%q" $k}}:"",{{end}}}},{{end}}]}
'

names_and_keys() { # STEM KIND RESOURCE SCOPE...: objects of one namespace or of all, without their values
    part=$work/$1.json
    stem=$1 template=$(printf '%s' "$WITHOUT_VALUES" | sed -e "1s/@List/$2List/")
    shift 2
    if k get "$@" -o "go-template=$template" </dev/null >"$work/.page" 2>"$work/.said"; then
        sed -e 's/,}/}/g' -e 's/,\]}/]}/' "$work/.page" >"$part" || disk_full=yes
        rm -f "$work/.page"
        set_measured "$part"
        if [ "$depth" != 0 ]; then
            rm -f "$part"
            outcome=failed why=cut_off
            note_disk
            return 0
        fi
        total=$((total + items)) outcome=collected why=''
        files="$files $stem.json"
    else
        rm -f "$work/.page"
        explain
    fi
    part=''
}

collect_names() { # LABEL KIND RESOURCE [SELECTOR]
    total=0 files='' why=''
    names_and_keys "resources/$1" "$2" "$3" --all-namespaces ${4:+-l "$4"}
    if [ "$outcome" = refused ] && [ -n "$namespaces" ]; then
        denied='' broken=''
        for space in $namespaces; do
            names_and_keys "resources/$1-$space" "$2" "$3" -n "$space" ${4:+-l "$4"}
            tally "$space"
        done
        settle_namespaces
    fi
    record '' v1 "$3" "$2" "$1"
}

collect_secrets() {
    collect_names secrets Secret secrets
    if [ "$with_helm" = yes ]; then
        collect '' v1 secrets Secret true 'fieldSelector=type%3Dhelm.sh%2Frelease.v1' helm-secrets
        collect '' v1 configmaps ConfigMap true 'labelSelector=OWNER%3DTILLER' helm-configmaps
    else
        collect_names helm-configmaps ConfigMap configmaps OWNER=TILLER
    fi
}

collect_metrics() { # what the API server counted of deprecated APIs, and a line that tells the file for its own
    part=$work/server/deprecated-requests.txt
    total=0 files='' why='' outcome=collected
    { k get --raw /metrics 2>"$work/.said" || echo failed >"$work/.failed"; } \
        | grep -e '^\(# [A-Z]* \)\{0,1\}\(apiserver_requested_deprecated_apis\|apiserver_storage_objects\|etcd_object_counts\)' >"$part"
    if [ -f "$work/.failed" ]; then
        rm -f "$work/.failed" "$part"
        explain
    elif [ ! -s "$part" ]; then
        rm -f "$part"
        outcome=not_served
    else
        total=$(grep -c '^apiserver_requested' "$part")
        files=" ${part#"$work/"}"
    fi
    part=''
    record '' '' metrics '' metrics
}

# --- what there is to collect ---

# group, version, resource, kind, namespaced; used where the API server does not tell.
known_resources() {
    cat <<'END_OF_RESOURCES'
- v1 namespaces Namespace false
- v1 nodes Node false
- v1 persistentvolumes PersistentVolume false
- v1 configmaps ConfigMap true
- v1 endpoints Endpoints true
- v1 limitranges LimitRange true
- v1 persistentvolumeclaims PersistentVolumeClaim true
- v1 pods Pod true
- v1 replicationcontrollers ReplicationController true
- v1 resourcequotas ResourceQuota true
- v1 secrets Secret true
- v1 serviceaccounts ServiceAccount true
- v1 services Service true
admissionregistration.k8s.io v1beta1 mutatingwebhookconfigurations MutatingWebhookConfiguration false
admissionregistration.k8s.io v1beta1 validatingwebhookconfigurations ValidatingWebhookConfiguration false
apiextensions.k8s.io v1beta1 customresourcedefinitions CustomResourceDefinition false
apiregistration.k8s.io v1 apiservices APIService false
apps v1 daemonsets DaemonSet true
apps v1 deployments Deployment true
apps v1 replicasets ReplicaSet true
apps v1 statefulsets StatefulSet true
autoscaling v1 horizontalpodautoscalers HorizontalPodAutoscaler true
batch v1 jobs Job true
batch v1beta1 cronjobs CronJob true
extensions v1beta1 ingresses Ingress true
networking.k8s.io v1 networkpolicies NetworkPolicy true
policy v1beta1 poddisruptionbudgets PodDisruptionBudget true
policy v1beta1 podsecuritypolicies PodSecurityPolicy false
rbac.authorization.k8s.io v1 clusterrolebindings ClusterRoleBinding false
rbac.authorization.k8s.io v1 clusterroles ClusterRole false
rbac.authorization.k8s.io v1 rolebindings RoleBinding true
rbac.authorization.k8s.io v1 roles Role true
scheduling.k8s.io v1 priorityclasses PriorityClass false
storage.k8s.io v1 storageclasses StorageClass false
storage.k8s.io v1 volumeattachments VolumeAttachment false
END_OF_RESOURCES
}

versions() { # of an APIGroupList: the preferred version of each group first, then the others
    tr '{' '\n' <"$1" | awk '
        match($0, /"groupVersion": *"[^"]*"/) {
            value = substr($0, RSTART, RLENGTH)
            sub(/^"groupVersion": *"/, "", value)
            sub(/"$/, "", value)
            if (before ~ /"preferredVersion": *$/) preferred[++p] = value
            else other[++o] = value
        }
        { before = $0; sub(/[ \t\r]+$/, "", before) }
        END {
            for (i = 1; i <= p; i++) { print preferred[i]; seen[preferred[i]] = 1 }
            for (i = 1; i <= o; i++) if (!(other[i] in seen)) print other[i]
        }'
}

listable() { # GROUP VERSION FILE: of an APIResourceList, what can be listed
    tr '\n' ' ' <"$3" | tr '{' '\n' | awk -v group="${1:--}" -v version="$2" '
        function field(key,   value) {
            if (!match($0, "\"" key "\": *\"[^\"]*\"")) return ""
            value = substr($0, RSTART, RLENGTH)
            sub(/^"[^"]*": *"/, "", value)
            sub(/"$/, "", value)
            return value
        }
        /"verbs": *\[[^]]*"list"/ {
            name = field("name"); kind = field("kind")
            if (name != "" && kind != "" && name !~ /\//)
                print group, version, name, kind, ($0 ~ /"namespaced": *true/) ? "true" : "false"
        }'
}

no_connection() {
    why=$(reason)
    rm -rf "$work"
    work=''
    die 3 "$(t_no_connection "$why")"
}

discover() { # writes $work/.resources; one line for each resource, in the version that the server prefers
    : >"$work/.all"
    if ! raw /api/v1 "$work/.page"; then
        if said 'forbidden\|unauthorized'; then
            say "$(t_no_discovery)"
            known_resources >"$work/.resources"
            return 0
        fi
        no_connection
    fi
    listable '' v1 "$work/.page" >>"$work/.all"
    if raw /apis "$work/.page"; then
        versions "$work/.page" >"$work/.versions"
        while read -r group_version; do
            if raw "/apis/$group_version" "$work/.page" </dev/null; then
                listable "${group_version%/*}" "${group_version#*/}" "$work/.page" >>"$work/.all"
            else
                row failed "$(reason)" "${group_version%/*}" "${group_version#*/}" '*' '' 0
                say "$(t_group_failed "$group_version" "$(reason)")"
            fi
        done <"$work/.versions"
    else
        say "$(t_no_discovery)"
        known_resources >>"$work/.all"
    fi
    rm -f "$work/.page"
    # One line a resource, the first version wins; namespaces and nodes come first, the rest by name.
    awk '!(($1, $3) in seen) { seen[$1, $3] = 1; print }' "$work/.all" | sort -k 3,3 -k 1,1 \
        | awk '$1 == "-" && ($3 == "namespaces" || $3 == "nodes") { print; next } { rest[++n] = $0 }
            END { for (i = 1; i <= n; i++) print rest[i] }' >"$work/.resources"
}

# Why a resource is not wanted; empty where it is. "duplicate": the same objects come under their new group.
unwanted() { # GROUP RESOURCE
    case $1/$2 in
        -/events | events.k8s.io/events | coordination.k8s.io/leases | metrics.k8s.io/* | custom.metrics.k8s.io/* \
            | external.metrics.k8s.io/* | authentication.k8s.io/* | authorization.k8s.io/* | -/bindings)
            echo not_needed
            ;;
        extensions/*)
            if grep -q -e "^apps [^ ]* $2 " -e "^networking.k8s.io [^ ]* $2 " -e "^policy [^ ]* $2 " "$work/.resources"; then
                echo duplicate
            fi
            ;;
    esac
}

names_of() { # FILES...: the names of the objects in lists of namespaces or nodes
    for file in "$@"; do
        tr '\n' ' ' <"$work/$file" | tr '{' '\n' | awk '
            before ~ /"metadata": *$/ && match($0, /^ *"name": *"[^"]*"/) {
                value = substr($0, RSTART, RLENGTH)
                sub(/^ *"name": *"/, "", value)
                sub(/"$/, "", value)
                print value
            }
            { before = $0 }'
    done
}

# --- files of the nodes ---

node_script() {
    cat <<'END_OF_NODE_SCRIPT'
@NODE_SCRIPT@
END_OF_NODE_SCRIPT
}

kept() { # FILE: whether the files of a node came whole
    [ -s "$1" ] && tail -n 1 "$1" | grep -q '^@@ end'
}

node_file() { # NODE
    printf 'nodes/%s.txt' "$(printf '%s' "$1" | tr -c 'A-Za-z0-9._-' '_')"
}

facts_over_ssh() {
    node_script >"$work/.node.sh"
    while read -r host name _; do
        case $host in '' | \#*) continue ;; esac
        case $host$name in *[!A-Za-z0-9._:@-]*) die 2 "$(t_bad_word "$host $name")" ;; esac
        file=$(node_file "${name:-$host}")
        # Root reads more; without it, and without a password, what may be read is read.
        become='if [ "$(id -u)" = 0 ]; then exec sh -s; elif sudo -n true 2>/dev/null; then exec sudo -n env NODE="$NODE" sh -s; else exec sh -s; fi'
        # shellcheck disable=SC2086,SC2029
        if $SSH -o ServerAliveInterval=20 -o BatchMode=yes -o ConnectTimeout=15 "$host" "NODE='${name:-}'; [ -n \"\$NODE\" ] || NODE=\$(hostname); export NODE; $become" \
            <"$work/.node.sh" >"$work/$file" 2>"$work/.said" && kept "$work/$file"; then
            node_row collected '' "${name:-$host}" "$file"
            say "$(t_node_done "${name:-$host}")"
        else
            why=$(reason)
            rm -f "$work/$file"
            node_row failed "${why:-cut_off}" "${name:-$host}" ''
            say "$(t_node_failed "${name:-$host}" "${why:-cut_off}")"
        fi
    done <"$hosts"
}

daemonset_manifest() { # NAME
    cat <<END_OF_MANIFEST
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: $1
  namespace: $node_namespace
  labels: {app: $1}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      hostNetwork: true
      hostIPC: true
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 1
      tolerations: [{operator: Exists}]
      containers:
        - name: facts
          image: $image
          imagePullPolicy: IfNotPresent
          command: [sh, -c, "trap 'exit 0' TERM; sleep 3600 & wait"]
          securityContext: {privileged: true}
          resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {cpu: 500m, memory: 128Mi}}
          env:
            - name: NODE
              valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
            - {name: ROOT, value: /node}
            - name: FACTS
              value: |
END_OF_MANIFEST
    node_script | sed 's/^/                /'
    cat <<END_OF_MANIFEST
          volumeMounts: [{name: node, mountPath: /node, readOnly: true}]
      volumes: [{name: node, hostPath: {path: /}}]
END_OF_MANIFEST
}

facts_by_daemonset() {
    name=cce-migrator-node-facts-$$
    daemonset_manifest "$name" >"$work/.daemonset"
    if ! k create -f "$work/.daemonset" >/dev/null 2>"$work/.said"; then
        why=$(reason)
        node_row failed "$why" '*' ''
        say "$(t_daemonset_failed "$why")"
        return 0
    fi
    daemonset=$name
    say "$(t_daemonset_made "$node_namespace" "$name")"
    waited=0 limit=$((node_wait > 0 ? node_wait : 1))
    : >"$work/.done"
    while :; do
        k -n "$node_namespace" get pods -l "app=$name" \
            -o 'jsonpath={range .items[*]}{.spec.nodeName}{" "}{.metadata.name}{" "}{.status.phase}{"\n"}{end}' \
            >"$work/.pods" 2>"$work/.said" || :
        while read -r node pod phase; do
            [ "$phase" = Running ] || continue
            grep -q -x -F -e "$node" "$work/.done" && continue
            file=$(node_file "$node")
            # shellcheck disable=SC2016
            k_limited "$limit" -n "$node_namespace" exec "$pod" -- sh -c 'eval "$FACTS"' \
                </dev/null >"$work/$file" 2>"$work/.said"
            if kept "$work/$file"; then
                echo "$node" >>"$work/.done"
                node_row collected '' "$node" "$file"
                say "$(t_node_done "$node")"
                continue
            fi
            rm -f "$work/$file"
            if [ -f "$work/.late" ]; then # asked again, it would hold up the others once more
                echo "$node" >>"$work/.done"
                node_row failed "no_end_in_${limit}s" "$node" ''
                say "$(t_node_failed "$node" "no_end_in_${limit}s")"
            fi
        done <"$work/.pods"
        missing=''
        # Where nodes may not be listed, the pods tell which there are.
        for node in ${all_nodes:-$(awk '{ print $1 }' "$work/.pods")}; do
            grep -q -x -F -e "$node" "$work/.done" || missing="$missing $node"
        done
        [ -n "$missing" ] || [ ! -s "$work/.done" ] || break
        [ "$waited" -lt "$node_wait" ] || break
        sleep 3
        waited=$((waited + 3))
    done
    for node in $missing; do
        why=$(grep -e "^$node " "$work/.pods" | head -n 1)
        node_row failed "no_answer_in_${node_wait}s${why:+: $why}" "$node" ''
        say "$(t_node_failed "$node" "${why:-no_answer}")"
    done
    remove_daemonset
}

# --- here it begins ---

started=$(now)
stamp=$(date -u '+%Y%m%dT%H%M%SZ')
context_name=${context:-$(k config current-context 2>/dev/null)}
cluster_name=$(k config view --minify -o 'jsonpath={.contexts[0].context.cluster}' 2>/dev/null)
safe_name=$(printf '%s' "${cluster_name:-cluster}" | tr -c 'A-Za-z0-9._-' '_')
archive=${out:-./cce-collection-$safe_name-$stamp.tar.gz}
case $archive in
    *.tar.gz | *.tgz) ;;
    *) archive=$archive.tar.gz ;;
esac
case $archive in */*) ;; *) archive=./$archive ;; esac
folder=${archive%/*}
[ -d "${folder:-/}" ] && [ -w "${folder:-/}" ] || die 4 "$(t_no_folder "$folder")"
work=$folder/cce-collection-$safe_name-$stamp
mkdir "$work" && mkdir "$work/resources" "$work/server" "$work/nodes" || die 4 "$(t_no_folder "$folder")"
: >"$work/.rows"
: >"$work/.node_rows"
: >"$work/.said"

client_version=$(k version --client -o json 2>/dev/null | sed -n 's/.*"gitVersion": *"\([^"]*\)".*/\1/p' | head -n 1)
server_version=''
if raw /version "$work/.page"; then
    server_version=$(sed -n 's/.*"gitVersion": *"\([^"]*\)".*/\1/p' "$work/.page" | head -n 1)
elif ! said 'forbidden\|unauthorized'; then
    no_connection
fi
say "$(t_start "${cluster_name:-?}" "${server_version:-?}" "${client_version:-?}")"

for resource in namespaces nodes persistentvolumes storageclasses.storage.k8s.io pods deployments.apps statefulsets.apps \
    daemonsets.apps services configmaps secrets persistentvolumeclaims; do
    answer=$(k auth can-i list "$resource" --all-namespaces 2>/dev/null | head -n 1)
    case $answer in
        no*) say "$(t_may_not "$resource")" ;;
        yes*) [ "$check_only" = no ] || say "$(t_may "$resource")" ;;
        *) [ "$check_only" = no ] || say "$(t_may_perhaps "$resource")" ;;
    esac
done
if [ "$check_only" = yes ]; then
    rm -rf "$work"
    work=''
    exit 0
fi

all_namespaces=no all_nodes='' progress=0 part=''
discover
[ -n "$namespaces" ] || all_namespaces=yes
expected=$(($(wc -l <"$work/.resources") + 2))
[ "$with_helm" = no ] || expected=$((expected + 1))
while read -r group version resource kind namespaced; do
    [ "$group" != - ] || group=''
    left=$(unwanted "${group:--}" "$resource")
    if [ -n "$left" ]; then
        row left_out "$left" "$group" "$version" "$resource" "$kind" 0
        progress=$((progress + 1))
        continue
    fi
    case $group/$resource in
        /secrets)
            collect_secrets
            ;;
        /configmaps)
            collect '' v1 configmaps ConfigMap true 'labelSelector=OWNER%21%3DTILLER'
            ;;
        /namespaces)
            collect '' v1 namespaces Namespace false ''
            # shellcheck disable=SC2086
            [ -n "$namespaces" ] || namespaces=$(names_of $got)
            ;;
        /nodes)
            collect '' v1 nodes Node false ''
            # shellcheck disable=SC2086
            all_nodes=$(names_of $got)
            ;;
        *) collect "$group" "$version" "$resource" "$kind" "$namespaced" '' ;;
    esac
done <"$work/.resources"
collect_metrics

case $node_facts in
    daemonset) facts_by_daemonset ;;
    ssh) facts_over_ssh ;;
esac
finished=yes
finish 0
