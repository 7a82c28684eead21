#!/bin/sh
# web | worker | migrate | healthy, or any command to run in the image's environment.
set -eu

case "${1:-web}" in
web)
    exec granian --interface wsgi --host 0.0.0.0 --port 8000 --workers "${WEB_WORKERS:-2}" --blocking-threads "${WEB_THREADS:-4}" \
        --respawn-failed-workers config.wsgi:application
    ;;
worker)
    exec celery -A config worker --pool prefork --concurrency "${WORKER_CONCURRENCY:-2}" --max-memory-per-child 1200000 \
        --without-gossip --without-mingle --loglevel INFO
    ;;
migrate)
    exec python manage.py migrate --noinput
    ;;
healthy)
    exec python -c "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz/', headers={'Host': 'localhost'}), timeout=4)"
    ;;
*)
    exec "$@"
    ;;
esac
