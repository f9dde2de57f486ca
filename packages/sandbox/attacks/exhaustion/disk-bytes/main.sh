for folder in /project /tmp /dev/shm /var/tmp /run; do head -c 200000000 /dev/zero > $folder/x; done
exit 1
