// Language hosts for the Pulumi engine.
//
// The host for YAML is Pulumi's own. Those for Go, TypeScript, Java and Python are stand-ins, since Pulumi's are not to
// be had as Go modules: they start programs and plugins as Pulumi's SDKs expect it, and write SDKs for Go and TypeScript
// with Pulumi's own generators. The name that the program is called by says which host it is: `pulumi-language-yaml`,
// `pulumi-language-go`, `pulumi-language-nodejs`, `pulumi-language-java`, `pulumi-language-python`.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/pulumi/pulumi-yaml/pkg/server"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

const prefix = "pulumi-language-"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println(versionOf("github.com/pulumi/pulumi-yaml"))
		return
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	language, named := strings.CutPrefix(filepath.Base(os.Args[0]), prefix)
	if !named || len(os.Args) < 2 {
		return fmt.Errorf("usage: %sLANGUAGE [options] ENGINE_ADDRESS | version", prefix)
	}
	// The engine passes a language's options before its own address; the same options come with every request.
	engine := os.Args[len(os.Args)-1]
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := rpcutil.Healthcheck(ctx, engine, 5*time.Minute, stop); err != nil {
		return fmt.Errorf("the engine at %s does not answer: %w", engine, err)
	}
	ended := make(chan bool)
	go func() {
		<-ctx.Done()
		close(ended)
	}()
	host, err := hostOf(language, engine)
	if err != nil {
		return err
	}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: ended,
		Init: func(service *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(service, host)
			return nil
		},
	})
	if err != nil {
		return err
	}
	// The engine reads the port from the first line.
	fmt.Println(handle.Port)
	return <-handle.Done
}

func hostOf(language, engine string) (pulumirpc.LanguageRuntimeServer, error) {
	if language == "yaml" {
		return server.NewLanguageHost(engine, "", false), nil
	}
	start, known := starts[language]
	if !known {
		return nil, fmt.Errorf("no host for %q; choose yaml, go, nodejs, java or python", language)
	}
	return &standIn{engine: engine, start: start, generate: generators[language]}, nil
}

func versionOf(module string) string {
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, one := range built.Deps {
			if one.Path == module {
				return one.Version
			}
		}
	}
	return "unknown"
}
