package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The layout of a control plane's directory, shared with embedded/control_plane/layout.py.
type directory string

func (d directory) lockFile() string    { return filepath.Join(string(d), "lock") }
func (d directory) readyFile() string   { return filepath.Join(string(d), "ready") }
func (d directory) addressFile() string { return filepath.Join(string(d), "run", "address.json") }
func (d directory) flagsFile() string   { return filepath.Join(string(d), "run", "flags.json") }
func (d directory) etcdConfig() string  { return filepath.Join(string(d), "run", "etcd.yaml") }
func (d directory) etcdData() string    { return filepath.Join(string(d), "etcd") }

// errHeld says that another process runs this control plane.
var errHeld = errors.New("another process holds the lock")

// lock takes the POSIX lock that says "this control plane runs, and I am its process". The kernel drops it with the
// process however that ends, so it can never be stale. The file must stay open, and no other descriptor of it may be
// closed in this process: either would drop the lock.
func (d directory) lock() (*os.File, error) {
	file, err := os.OpenFile(d.lockFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	whole := syscall.Flock_t{Type: syscall.F_WRLCK}
	if err := syscall.FcntlFlock(file.Fd(), syscall.F_SETLK, &whole); err != nil {
		file.Close()
		if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) {
			return nil, errHeld
		}
		return nil, fmt.Errorf("locking %s: %w", d.lockFile(), err)
	}
	return file, nil
}

// dropUnusedData removes what a first start left half-written. Until the ready file exists nobody has been given this
// control plane, so its data is nobody's.
func (d directory) dropUnusedData() error {
	if _, err := os.Stat(d.readyFile()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(d.etcdData())
}

type componentFlags struct {
	APIServer         []string `json:"kube-apiserver"`
	ControllerManager []string `json:"kube-controller-manager"`
}

// flags reads the components' flags and fills in the two addresses that are known only now.
func (d directory) flags(port int, etcd string) (componentFlags, error) {
	var flags componentFlags
	text, err := os.ReadFile(d.flagsFile())
	if err != nil {
		return flags, err
	}
	if err := json.Unmarshal(text, &flags); err != nil {
		return flags, fmt.Errorf("%s: %w", d.flagsFile(), err)
	}
	fill := strings.NewReplacer("{port}", fmt.Sprint(port), "{etcd}", etcd)
	for _, list := range [][]string{flags.APIServer, flags.ControllerManager} {
		for i := range list {
			list[i] = fill.Replace(list[i])
		}
	}
	return flags, nil
}

// listen binds the wanted port, or any other one if that is taken or 0.
func listen(port int) (net.Listener, int, error) {
	listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil && port != 0 {
		listener, err = net.Listen("tcp4", "127.0.0.1:0")
	}
	if err != nil {
		return nil, 0, err
	}
	return listener, listener.Addr().(*net.TCPAddr).Port, nil
}

// publish tells where the API server is. Readers believe it only while its pid holds the lock.
func (d directory) publish(port int) error {
	text, err := json.Marshal(map[string]int{"pid": os.Getpid(), "port": port})
	if err != nil {
		return err
	}
	unfinished := d.addressFile() + ".new"
	if err := os.WriteFile(unfinished, text, 0o600); err != nil {
		return err
	}
	return os.Rename(unfinished, d.addressFile())
}

// gone is closed when the directory was deleted under us: nobody could find or stop this process any more.
func (d directory) gone(ctx context.Context, locked *os.File) <-chan struct{} {
	gone := make(chan struct{})
	ours, err := locked.Stat()
	if err != nil {
		close(gone)
		return gone
	}
	go func() {
		ticker := time.NewTicker(5 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				now, err := os.Stat(d.lockFile())
				if errors.Is(err, fs.ErrNotExist) || (err == nil && !os.SameFile(ours, now)) {
					close(gone)
					return
				}
			}
		}
	}()
	return gone
}
