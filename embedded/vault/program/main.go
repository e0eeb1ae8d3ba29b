// A Vault server for machines without containers, to judge what this library configures.
//
// The server is Vault's own command with Vault's own packages. Left out are plugins that nothing here uses: the program
// holds the Kubernetes auth method, key-value stores, transit, the file audit device and raft storage. It ends with its
// standard input, so that a test that is killed leaves no server behind.
package main

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/hashicorp/cli"
	kubernetesauth "github.com/hashicorp/vault-plugin-auth-kubernetes"
	keyvalue "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/audit"
	"github.com/hashicorp/vault/builtin/logical/transit"
	"github.com/hashicorp/vault/command"
	"github.com/hashicorp/vault/physical/raft"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical"
	"github.com/hashicorp/vault/version"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println(version.GetVersion().VersionNumber())
		return
	}
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: vault-server CONFIGURATION_FILE | version")
		os.Exit(2)
	}
	go endWithInput()
	server := &command.ServerCommand{
		BaseCommand:        &command.BaseCommand{UI: &cli.BasicUi{Writer: os.Stdout, ErrorWriter: os.Stderr}},
		AuditBackends:      map[string]audit.Factory{"file": audit.NewFileBackend},
		CredentialBackends: map[string]logical.Factory{"kubernetes": kubernetesauth.Factory},
		LogicalBackends:    map[string]logical.Factory{"kv": keyvalue.Factory, "transit": transit.Factory},
		PhysicalBackends:   map[string]physical.Factory{"raft": raft.NewRaftBackend},
		ShutdownCh:         command.MakeShutdownCh(),
		SighupCh:           command.MakeSighupCh(),
		SigUSR2Ch:          command.MakeSigUSR2Ch(),
	}
	os.Exit(server.Run([]string{"-config", os.Args[1]}))
}

func endWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	// The server's own way to stop: storage is closed in order.
	_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
}
