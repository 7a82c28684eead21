"""The collector: one POSIX shell script that dumps a cluster on a customer's bastion host with kubectl alone."""
