"""Where the files of an application lie while it is built, and the phases of its runbook."""

BUILD = "$HOME/build"  # on the server that builds images
PREPARE, DATA, IMAGE, DEPLOY, SWITCH = (
    "containerise.prepare",
    "containerise.data",
    "containerise.image",
    "containerise.deploy",
    "containerise.switch",
)
