package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// starter is how programs and plugins of one language are started.
type starter struct {
	program func(ctx context.Context, engine string, request *pulumirpc.RunRequest) (*exec.Cmd, error)
	plugin  func(ctx context.Context, request *pulumirpc.RunPluginRequest) *exec.Cmd
	// The exit code with which the language's SDK says that it has told the error already; 0 for none.
	told int
}

var starts = map[string]starter{
	"go":     {program: goProgram},
	"nodejs": {program: nodeProgram, told: 32},
	"java":   {program: javaProgram, told: 32},
	"python": {plugin: pythonPlugin},
}

func goProgram(ctx context.Context, engine string, request *pulumirpc.RunRequest) (*exec.Cmd, error) {
	environment, err := variables(engine, request)
	if err != nil {
		return nil, err
	}
	return inProgram(exec.CommandContext(ctx, "go", "run", "."), request, environment), nil
}

func javaProgram(ctx context.Context, engine string, request *pulumirpc.RunRequest) (*exec.Cmd, error) {
	environment, err := variables(engine, request)
	if err != nil {
		return nil, err
	}
	return inProgram(exec.CommandContext(ctx, "mvn", "-q", "-B", "compile", "exec:java"), request, environment), nil
}

// nodeProgram runs what the package of Pulumi's SDK has for it, which takes the addresses as arguments.
func nodeProgram(ctx context.Context, engine string, request *pulumirpc.RunRequest) (*exec.Cmd, error) {
	config, secrets, err := configuration(request)
	if err != nil {
		return nil, err
	}
	arguments := []string{
		// The program may be in a folder of its own, for compiled files.
		filepath.Join(request.Info.GetRootDirectory(), "node_modules", "@pulumi", "pulumi", "cmd", "run"),
		"--monitor", request.MonitorAddress, "--engine", engine,
		"--organization", request.Organization, "--project", request.Project, "--stack", request.Stack,
		"--pwd", request.Info.GetProgramDirectory(),
		"--parallel", strconv.Itoa(int(request.Parallel)),
	}
	if request.DryRun {
		arguments = append(arguments, "--dry-run")
	}
	arguments = append(arguments, request.Info.GetEntryPoint())
	environment := []string{"PULUMI_CONFIG=" + config, "PULUMI_CONFIG_SECRET_KEYS=" + secrets}
	return inProgram(exec.CommandContext(ctx, "node", append(arguments, request.Args...)...), request, environment), nil
}

func pythonPlugin(ctx context.Context, request *pulumirpc.RunPluginRequest) *exec.Cmd {
	main := filepath.Join(request.Info.GetProgramDirectory(), "__main__.py")
	return exec.CommandContext(ctx, "python3", append([]string{"-u", main}, request.Args...)...)
}

func inProgram(command *exec.Cmd, request *pulumirpc.RunRequest, environment []string) *exec.Cmd {
	command.Dir = request.Info.GetProgramDirectory()
	command.Env = append(os.Environ(), environment...)
	return command
}

// variables are what the SDKs for Go and Java read.
func variables(engine string, request *pulumirpc.RunRequest) ([]string, error) {
	config, secrets, err := configuration(request)
	if err != nil {
		return nil, err
	}
	return []string{
		"PULUMI_MONITOR=" + request.MonitorAddress,
		"PULUMI_ENGINE=" + engine,
		"PULUMI_ORGANIZATION=" + request.Organization,
		"PULUMI_PROJECT=" + request.Project,
		"PULUMI_ROOT_DIRECTORY=" + request.Info.GetRootDirectory(),
		"PULUMI_STACK=" + request.Stack,
		"PULUMI_DRY_RUN=" + strconv.FormatBool(request.DryRun),
		"PULUMI_PARALLEL=" + strconv.Itoa(int(request.Parallel)),
		"PULUMI_CONFIG=" + config,
		"PULUMI_CONFIG_SECRET_KEYS=" + secrets,
	}, nil
}

func configuration(request *pulumirpc.RunRequest) (values, secrets string, err error) {
	given := request.Config
	if given == nil {
		given = map[string]string{}
	}
	config, err := json.Marshal(given)
	if err != nil {
		return "", "", fmt.Errorf("the configuration is not to be written: %w", err)
	}
	keys := request.ConfigSecretKeys
	if keys == nil {
		keys = []string{}
	}
	hidden, err := json.Marshal(keys)
	return string(config), string(hidden), err
}
