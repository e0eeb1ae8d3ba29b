package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// standIn answers what an operation on a stack and `pulumi package gen-sdk` ask of a language host, and nothing else.
// What a program needs has to be installed already, and the plugins that it uses be on PATH or in its project file.
type standIn struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine   string
	start    starter
	generate generator
}

func (host *standIn) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: "0.0.0"}, nil
}

func (host *standIn) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

func (host *standIn) GetRequiredPlugins(
	context.Context, *pulumirpc.GetRequiredPluginsRequest,
) (*pulumirpc.GetRequiredPluginsResponse, error) {
	return &pulumirpc.GetRequiredPluginsResponse{}, nil
}

// Run starts the program and waits for it. What it prints, the engine reads from this host's own output.
func (host *standIn) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if host.start.program == nil {
		return nil, status.Error(codes.Unimplemented, "this host runs plugins only")
	}
	command, err := host.start.program(ctx, host.engine, request)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	endAsOne(command)
	err = command.Run()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &ended) && host.start.told != 0 && ended.ExitCode() == host.start.told:
		return &pulumirpc.RunResponse{Bail: true}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program failed: %v", err)}, nil
	}
}

// RunPlugin starts a provider from its folder, and passes on what it prints until it ends.
func (host *standIn) RunPlugin(
	request *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	if host.start.plugin == nil {
		return status.Error(codes.Unimplemented, "this host runs no plugins")
	}
	command := host.start.plugin(stream.Context(), request)
	command.Dir = request.Pwd
	command.Env = append(os.Environ(), request.Env...)
	var sending sync.Mutex
	command.Stdout = passedOn(func(read []byte) error {
		sending.Lock()
		defer sending.Unlock()
		return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: read}})
	})
	command.Stderr = passedOn(func(read []byte) error {
		sending.Lock()
		defer sending.Unlock()
		return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: read}})
	})
	endAsOne(command)
	err := command.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return fmt.Errorf("%s: %w", filepath.Base(request.Info.GetProgramDirectory()), err)
	}
	code := int32(command.ProcessState.ExitCode())
	return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: code}})
}

// InstallDependencies installs nothing, and says so.
func (host *standIn) InstallDependencies(
	_ *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	said := []byte("nothing is installed here: what the program needs has to be there already\n")
	return stream.Send(&pulumirpc.InstallDependenciesResponse{Stdout: said})
}

// GeneratePackage writes an SDK for the language, where its generator is there.
func (host *standIn) GeneratePackage(
	_ context.Context, request *pulumirpc.GeneratePackageRequest,
) (*pulumirpc.GeneratePackageResponse, error) {
	if host.generate == nil {
		return nil, status.Error(codes.Unimplemented, "there is no generator for this language here")
	}
	return &pulumirpc.GeneratePackageResponse{}, writePackage(request, host.generate)
}

type passedOn func(read []byte) error

func (send passedOn) Write(read []byte) (int, error) {
	if err := send(read); err != nil {
		return 0, err
	}
	return len(read), nil
}

// endAsOne has everything that the command starts end with it: compilers start programs of their own.
func endAsOne(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
