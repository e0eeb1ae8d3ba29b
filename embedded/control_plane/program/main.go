// One program of etcd, kube-apiserver and kube-controller-manager.
//
// `serve` runs the three in one process over a directory that the Python package embedded.control_plane prepares.
// Called by an upstream name (as a link or as the first argument) it is that upstream command, so that a folder of
// three links can serve as KUBEBUILDER_ASSETS.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	etcdversion "go.etcd.io/etcd/api/v3/version"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

const usage = `usage: control-plane serve --directory DIRECTORY [--port PORT]
       control-plane version
       control-plane etcd | kube-apiserver | kube-controller-manager [FLAGS]`

func main() {
	if status, known := dispatch(filepath.Base(os.Args[0]), os.Args[1:]); known {
		os.Exit(status)
	}
	if len(os.Args) > 1 {
		if status, known := dispatch(os.Args[1], os.Args[2:]); known {
			os.Exit(status)
		}
	}
	fmt.Fprintln(os.Stderr, usage)
	os.Exit(2)
}

func dispatch(name string, arguments []string) (status int, known bool) {
	// The upstream commands read os.Args themselves.
	upstream := append([]string{name}, arguments...)
	switch name {
	case "etcd":
		os.Args = upstream
		etcdmain.Main(os.Args)
		return 0, true
	case "kube-apiserver":
		os.Args = upstream
		return cli.Run(apiserver.NewAPIServerCommand()), true
	case "kube-controller-manager":
		os.Args = upstream
		return cli.Run(controllermanager.NewControllerManagerCommand()), true
	case "serve":
		return serveCommand(arguments), true
	case "version":
		return printVersion(), true
	}
	return 0, false
}

func printVersion() int {
	text, err := json.Marshal(map[string]string{
		"kubernetes": version.Get().GitVersion,
		"etcd":       etcdversion.Version,
		"go":         runtime.Version(),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(string(text))
	return 0
}
