// cert-manager's controllers for issuers and certificates and its webhook, in a program for machines without Pods.
//
// cert-manager's own programs are modules that no registry serves; what they run are packages of the module that one
// does. Those run unchanged, with cert-manager's default settings. Left out are ACME, Venafi and ingresses (nothing
// here uses them), leader election, metrics and health ports. It ends with its standard input.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/vault"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	"github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	"github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/vault"
	"golang.org/x/sync/errgroup"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
)

const (
	module = "github.com/cert-manager/cert-manager"
	// cert-manager's default.
	workers = 5
)

var controllers = []string{
	issuers.ControllerName,
	clusterissuers.ControllerName,
	trigger.ControllerName,
	keymanager.ControllerName,
	requestmanager.ControllerName,
	issuing.ControllerName,
	readiness.ControllerName,
	revisionmanager.ControllerName,
	approver.ControllerName,
	ca.CRControllerName,
	selfsigned.CRControllerName,
	vault.CRControllerName,
}

func main() {
	flag.Parse()
	if flag.Arg(0) == "version" {
		fmt.Println(version())
		return
	}
	ctrl.SetLogger(klog.Background())
	if err := run(untilTold()); err != nil {
		fmt.Fprintln(os.Stderr, "operator: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	kubeconfig, namespace := os.Getenv("KUBECONFIG"), os.Getenv("POD_NAMESPACE")
	group, ctx := errgroup.WithContext(ctx)
	webhook, err := serveWebhook(ctx, kubeconfig, namespace, func(err error) {
		// What ends on our own order is no failure.
		if ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, "operator: error: the webhook ended:", err)
			os.Exit(1)
		}
	})
	if err != nil {
		return fmt.Errorf("serving the webhook: %w", err)
	}
	defer webhook.unregister()
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		Kubeconfig:         kubeconfig,
		KubernetesAPIQPS:   20,
		KubernetesAPIBurst: 50,
		IssuerOptions: controller.IssuerOptions{
			ClusterResourceNamespace: namespace,
		},
		CertificateOptions: controller.CertificateOptions{
			CopiedAnnotationPrefixes: []string{
				"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/",
			},
			CertificateRequestMinimumBackoffDuration: time.Hour,
			CertificateRequestMaximumBackoffDuration: 32 * time.Hour,
		},
	})
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	loops := make([]controller.Interface, 0, len(controllers))
	for _, name := range controllers {
		loop, err := controller.Known()[name](factory)
		if err != nil {
			return fmt.Errorf("making controller %s: %w", name, err)
		}
		loops = append(loops, loop)
	}
	shared, err := factory.Build()
	if err != nil {
		return fmt.Errorf("making the shared informers: %w", err)
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	for _, loop := range loops {
		group.Go(func() error { return loop.Run(workers, ctx) })
	}
	// Each loop waits for its own informers; this one tells when all that a Certificate needs are filled.
	for kind, filled := range shared.SharedInformerFactory.WaitForCacheSync(ctx.Done()) {
		if !filled {
			return fmt.Errorf("%s could not be listed", kind)
		}
	}
	fmt.Println("operator: ready")
	return group.Wait()
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

// version is that of cert-manager's module which this program was built from.
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
