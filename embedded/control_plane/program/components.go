package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	cliflag "k8s.io/component-base/cli/flag"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	apiserveroptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	controllermanageroptions "k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
)

// startEtcd runs etcd and returns the endpoint it got. The configuration asks for port 0, so no port can be taken.
func startEtcd(ctx context.Context, d directory) (*embed.Etcd, string, error) {
	config, err := embed.ConfigFromFile(d.etcdConfig())
	if err != nil {
		return nil, "", err
	}
	store, err := embed.StartEtcd(config)
	if err != nil {
		return nil, "", err
	}
	select {
	case <-store.Server.ReadyNotify():
		return store, "https://" + store.Clients[0].Addr().String(), nil
	case err = <-store.Err():
	case <-ctx.Done():
		err = ctx.Err()
	}
	store.Close()
	return nil, "", err
}

func parse(name string, sections cliflag.NamedFlagSets, arguments []string) error {
	all := pflag.NewFlagSet(name, pflag.ContinueOnError)
	for _, section := range sections.FlagSets {
		all.AddFlagSet(section)
	}
	return all.Parse(arguments)
}

type apiServer struct {
	options *apiserveroptions.ServerRunOptions
}

// newAPIServer takes a listener that is already bound: between choosing a port and serving on it nobody can steal it.
func newAPIServer(arguments []string, listener net.Listener) (*apiServer, error) {
	options := apiserveroptions.NewServerRunOptions()
	if err := parse("kube-apiserver", options.Flags(), arguments); err != nil {
		return nil, err
	}
	options.SecureServing.Listener = listener
	return &apiServer{options}, nil
}

func (a *apiServer) run(ctx context.Context) error {
	completed, err := a.options.Complete(ctx)
	if err != nil {
		return err
	}
	if problems := completed.Validate(); len(problems) > 0 {
		return utilerrors.NewAggregate(problems)
	}
	return apiserver.Run(ctx, completed)
}

type controllerManager struct {
	options *controllermanageroptions.KubeControllerManagerOptions
}

func newControllerManager(arguments []string) (*controllerManager, error) {
	options, err := controllermanageroptions.NewKubeControllerManagerOptions()
	if err != nil {
		return nil, err
	}
	sections := options.Flags(controllermanager.KnownControllers(), controllermanager.ControllersDisabledByDefault(), controllermanager.ControllerAliases())
	if err := parse("kube-controller-manager", sections, arguments); err != nil {
		return nil, err
	}
	return &controllerManager{options}, nil
}

// run waits for the API server first: upstream ends the whole process when the API server is not up within 10 s.
func (c *controllerManager) run(ctx context.Context) error {
	config, err := c.options.Config(ctx, controllermanager.KnownControllers(), controllermanager.ControllersDisabledByDefault(), controllermanager.ControllerAliases())
	if err != nil {
		return err
	}
	ready := func(ctx context.Context) (bool, error) {
		answer := config.Client.Discovery().RESTClient().Get().AbsPath("/readyz").Timeout(time.Second).Do(ctx)
		return answer.Error() == nil, nil
	}
	if err := wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, ready); err != nil {
		if errors.Is(err, context.Canceled) {
			return nil
		}
		return fmt.Errorf("waiting for kube-apiserver: %w", err)
	}
	return controllermanager.Run(ctx, config.Complete())
}
