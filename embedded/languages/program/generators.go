package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const toolName = "dbaas-components"

type generator func(request *pulumirpc.GeneratePackageRequest, described *schema.Package, loader schema.ReferenceLoader) (map[string][]byte, error)

// The generator of Java is not to be had as a Go module.
var generators = map[string]generator{
	"go": func(request *pulumirpc.GeneratePackageRequest, described *schema.Package, _ schema.ReferenceLoader) (map[string][]byte, error) {
		return golang.GeneratePackage(toolName, described, request.LocalDependencies)
	},
	"nodejs": func(request *pulumirpc.GeneratePackageRequest, described *schema.Package, loader schema.ReferenceLoader) (map[string][]byte, error) {
		return nodejs.GeneratePackage(
			toolName, described, request.ExtraFiles, request.LocalDependencies, request.Local, loader,
		)
	},
}

// writePackage writes the SDK that a request asks for.
func writePackage(request *pulumirpc.GeneratePackageRequest, generate generator) error {
	client, err := schema.NewLoaderClient(request.LoaderTarget)
	if err != nil {
		return err
	}
	var specification schema.PackageSpec
	if err := json.Unmarshal([]byte(request.Schema), &specification); err != nil {
		return fmt.Errorf("the schema is not to be read: %w", err)
	}
	loader := schema.NewCachedLoader(client)
	described, found, err := schema.BindSpec(specification, loader, schema.ValidationOptions{AllowDanglingReferences: true})
	if err != nil {
		return err
	}
	if found.HasErrors() {
		return errors.New(found.Error())
	}
	files, err := generate(request, described, loader)
	if err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(request.Directory, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
