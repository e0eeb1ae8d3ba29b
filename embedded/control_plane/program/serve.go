package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/rest"
	basecompatibility "k8s.io/component-base/compatibility"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/klog/v2"
)

// Exit status when another process runs this control plane already (EX_TEMPFAIL of sysexits.h).
const exitHeld = 75

// How long each component may take to stop before the next is stopped regardless. etcd comes last and is safe
// against a sudden end, so a late one loses nothing.
const stopPatience = 5 * time.Second

func serveCommand(arguments []string) int {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	path := flags.String("directory", "", "the control plane's directory, prepared by embedded.control_plane")
	port := flags.Int("port", 0, "the port to serve on; another one if it is taken, any if 0")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	if *path == "" || flags.NArg() > 0 {
		fmt.Fprintln(os.Stderr, usage)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := serve(ctx, directory(*path), *port)
	klog.Flush()
	switch {
	case errors.Is(err, errHeld):
		return exitHeld
	case err != nil:
		fmt.Fprintf(os.Stderr, "control-plane: error: %v\n", err)
		return 1
	}
	return 0
}

// component is a part that runs until its context ends.
type component struct {
	name string
	stop context.CancelFunc
	done chan error
}

func start(name string, run func(context.Context) error, ended chan<- string) *component {
	ctx, cancel := context.WithCancel(context.Background())
	part := &component{name: name, stop: cancel, done: make(chan error, 1)}
	go func() {
		part.done <- run(ctx)
		ended <- name
	}()
	return part
}

func (c *component) end() error {
	c.stop()
	select {
	case err := <-c.done:
		return err
	case <-time.After(stopPatience):
		klog.InfoS("Component did not stop in time", "component", c.name, "patience", stopPatience)
		return nil
	}
}

func serve(ctx context.Context, d directory, port int) (err error) {
	locked, err := d.lock()
	if err != nil {
		return err
	}
	defer locked.Close()
	if err := d.dropUnusedData(); err != nil {
		return err
	}
	listener, port, err := listen(port)
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := d.publish(port); err != nil {
		return err
	}

	store, endpoint, err := startEtcd(ctx, d)
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer store.Close()

	flags, err := d.flags(port, endpoint)
	if err != nil {
		return err
	}
	api, err := newAPIServer(flags.APIServer, listener)
	if err != nil {
		return fmt.Errorf("kube-apiserver: %w", err)
	}
	manager, err := newControllerManager(flags.ControllerManager)
	if err != nil {
		return fmt.Errorf("kube-controller-manager: %w", err)
	}
	// Both components share one registry of feature gates and one logger; each may be set once, after both have
	// declared and parsed their flags.
	registry := api.options.GenericServerRunOptions.ComponentGlobalsRegistry
	if err := registry.Set(); err != nil {
		return err
	}
	gates := registry.FeatureGateFor(basecompatibility.DefaultKubeComponent)
	if err := logsapi.ValidateAndApply(api.options.Logs, gates); err != nil {
		return err
	}
	rest.SetDefaultWarningHandler(rest.NoWarnings{})

	ended := make(chan string, 2)
	apiserver := start("kube-apiserver", api.run, ended)
	defer func() { err = errors.Join(err, apiserver.end()) }()
	controllers := start("kube-controller-manager", manager.run, ended)
	defer func() { err = errors.Join(err, controllers.end()) }()

	select {
	case <-ctx.Done():
		klog.InfoS("Stopping on a signal")
	case <-d.gone(ctx, locked):
		klog.InfoS("Stopping: the directory is gone", "directory", string(d))
	case name := <-ended:
		return fmt.Errorf("%s ended by itself", name)
	case err := <-store.Err():
		return fmt.Errorf("etcd: %w", err)
	}
	return nil
}
