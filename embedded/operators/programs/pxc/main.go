// The controllers of the Percona operator for XtraDB Cluster, in a program for machines without Pods.
//
// The controllers are the operator's own, unchanged. What its own program adds for a Pod is left out: the admission
// webhook (it listens on every address), leader election, metrics and health ports. It ends with its standard input.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	certmanager "github.com/cert-manager/cert-manager/pkg/client/clientset/versioned/scheme"
	"github.com/percona/percona-xtradb-cluster-operator/pkg/apis"
	"github.com/percona/percona-xtradb-cluster-operator/pkg/controller"
	"github.com/percona/percona-xtradb-cluster-operator/pkg/features"
	"github.com/percona/percona-xtradb-cluster-operator/pkg/k8s"
	events "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubernetes "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metrics "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const module = "github.com/percona/percona-xtradb-cluster-operator"

func main() {
	flag.Parse()
	if flag.Arg(0) == "version" {
		fmt.Println(version())
		return
	}
	ctrl.SetLogger(zap.New())
	klog.SetLogger(ctrl.Log)
	if err := run(untilTold()); err != nil {
		fmt.Fprintln(os.Stderr, "operator: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	watched, err := watchedNamespaces()
	if err != nil {
		return err
	}
	// As the operator's own program does: pitr and backup code asks the context for features.
	gate := features.NewGate()
	if err := gate.Set(os.Getenv("PXCO_FEATURE_GATES")); err != nil {
		return fmt.Errorf("PXCO_FEATURE_GATES: %w", err)
	}
	ctx = features.NewContextWithGate(ctx, gate)
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kubernetes.AddToScheme, apis.AddToScheme, certmanager.AddToScheme} {
		if err := add(scheme); err != nil {
			return fmt.Errorf("registering types: %w", err)
		}
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                 scheme,
		Metrics:                metrics.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
		Cache:                  cache.Options{DefaultNamespaces: watched},
		BaseContext: func() context.Context {
			return features.NewContextWithGate(context.Background(), gate)
		},
	})
	if err != nil {
		return fmt.Errorf("making the manager: %w", err)
	}
	if err := controller.AddToManager(ctx, manager); err != nil {
		return fmt.Errorf("adding the controllers: %w", err)
	}
	// The controllers look events up by this field and fail where it is not indexed.
	regarding := func(object client.Object) []string { return []string{object.(*events.Event).Regarding.Name} }
	if err := manager.GetFieldIndexer().IndexField(ctx, &events.Event{}, "regarding.name", regarding); err != nil {
		return fmt.Errorf("indexing events: %w", err)
	}
	go tellReady(ctx, manager)
	return manager.Start(ctx)
}

// watchedNamespaces reads the operator's own setting; an empty one stands for all namespaces.
func watchedNamespaces() (map[string]cache.Config, error) {
	list, err := k8s.GetWatchNamespace()
	if err != nil || list == "" {
		return nil, err
	}
	own, err := k8s.GetOperatorNamespace()
	if err != nil {
		return nil, err
	}
	watched := map[string]cache.Config{own: {}}
	for _, namespace := range strings.Split(list, ",") {
		watched[namespace] = cache.Config{}
	}
	return watched, nil
}

func tellReady(ctx context.Context, manager ctrl.Manager) {
	select {
	case <-manager.Elected():
		if manager.GetCache().WaitForCacheSync(ctx) {
			fmt.Println("operator: ready")
		}
	case <-ctx.Done():
	}
}

// untilTold ends with a signal or with standard input: whoever started the program cannot leave it behind.
func untilTold() context.Context {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return ctx
}

// version is that of the operator's module which this program was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return module + " " + dependency.Version
			}
		}
	}
	return module + " unknown"
}
