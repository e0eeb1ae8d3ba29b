package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	config "github.com/cert-manager/cert-manager/internal/apis/config/shared"
	"github.com/cert-manager/cert-manager/internal/webhook"
	"github.com/cert-manager/cert-manager/pkg/webhook/admission"
	"github.com/cert-manager/cert-manager/pkg/webhook/options"
	registration "k8s.io/api/admissionregistration/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

const (
	// The certificate's name, and so the one in the address that the API server is given.
	webhookHost = "localhost"
	webhookCA   = "cert-manager-webhook-ca"
	// The name that cert-manager's installation check and the operators of databases look for.
	webhookName          = "webhook.cert-manager.io"
	webhookConfiguration = "cert-manager-webhook"
	fieldManager         = "dbaas-components-embedded"
)

// admissionWebhook is cert-manager's own webhook, served on loopback alone: its own server listens on every address.
//
// The operator for MongoDB asks this webhook whether cert-manager works, before it makes any certificate.
type admissionWebhook struct {
	client *kubernetes.Clientset
}

// serveWebhook returns when the API server has been told of the webhook; `failed` gets what ends it later.
func serveWebhook(ctx context.Context, kubeconfig, namespace string, failed func(error)) (*admissionWebhook, error) {
	connection, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(connection)
	if err != nil {
		return nil, err
	}
	settings, err := options.NewWebhookConfiguration()
	if err != nil {
		return nil, err
	}
	settings.KubeConfig = kubeconfig
	settings.TLSConfig.Dynamic = config.DynamicServingConfig{
		SecretNamespace: namespace,
		SecretName:      webhookCA,
		DNSNames:        []string{webhookHost},
		LeafDuration:    7 * 24 * time.Hour,
	}
	upstream, err := webhook.NewCertManagerWebhookServer(klog.Background(), *settings)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	routes := http.NewServeMux()
	routes.Handle("/mutate", admission.NewCustomMutationWebhook(upstream.MutationWebhook))
	routes.Handle("/validate", admission.NewCustomValidationWebhook(upstream.ResourceScheme, upstream.ValidationWebhook))
	server := &http.Server{
		Handler:           routes,
		ReadHeaderTimeout: 30 * time.Second,
		TLSConfig:         &tls.Config{GetCertificate: upstream.CertificateSource.GetCertificate, MinVersion: tls.VersionTLS12},
	}
	go func() { failed(upstream.CertificateSource.Start(ctx)) }()
	go func() { failed(server.ServeTLS(listener, "", "")) }()
	for !upstream.CertificateSource.Healthy() {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
	authority, err := client.CoreV1().Secrets(namespace).Get(ctx, webhookCA, meta.GetOptions{})
	if err != nil {
		return nil, err
	}
	served := &admissionWebhook{client: client}
	address := fmt.Sprintf("https://%s:%d", webhookHost, listener.Addr().(*net.TCPAddr).Port)
	return served, served.register(ctx, address, authority.Data["ca.crt"])
}

// register tells the API server, with the rules of cert-manager's own chart.
func (w *admissionWebhook) register(ctx context.Context, address string, authority []byte) error {
	none, fail, seconds := registration.SideEffectClassNone, registration.Fail, int32(10)
	to := func(path string) registration.WebhookClientConfig {
		url := address + path
		return registration.WebhookClientConfig{URL: &url, CABundle: authority}
	}
	rule := func(group []string, resource string, operations ...registration.OperationType) []registration.RuleWithOperations {
		what := registration.Rule{APIGroups: group, APIVersions: []string{"v1"}, Resources: []string{resource}}
		return []registration.RuleWithOperations{{Operations: operations, Rule: what}}
	}
	named := meta.ObjectMeta{Name: webhookConfiguration}
	mutating, err := json.Marshal(registration.MutatingWebhookConfiguration{
		TypeMeta:   meta.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "MutatingWebhookConfiguration"},
		ObjectMeta: named,
		Webhooks: []registration.MutatingWebhook{{
			Name:                    webhookName,
			ClientConfig:            to("/mutate"),
			Rules:                   rule([]string{"cert-manager.io"}, "certificaterequests", registration.Create),
			AdmissionReviewVersions: []string{"v1"},
			SideEffects:             &none,
			FailurePolicy:           &fail,
			TimeoutSeconds:          &seconds,
		}},
	})
	if err != nil {
		return err
	}
	groups := []string{"cert-manager.io", "acme.cert-manager.io"}
	validating, err := json.Marshal(registration.ValidatingWebhookConfiguration{
		TypeMeta:   meta.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingWebhookConfiguration"},
		ObjectMeta: named,
		Webhooks: []registration.ValidatingWebhook{{
			Name:                    webhookName,
			ClientConfig:            to("/validate"),
			Rules:                   rule(groups, "*/*", registration.Create, registration.Update),
			AdmissionReviewVersions: []string{"v1"},
			SideEffects:             &none,
			FailurePolicy:           &fail,
			TimeoutSeconds:          &seconds,
		}},
	})
	if err != nil {
		return err
	}
	force := true
	how := meta.PatchOptions{FieldManager: fieldManager, Force: &force}
	api := w.client.AdmissionregistrationV1()
	if _, err := api.MutatingWebhookConfigurations().Patch(ctx, named.Name, types.ApplyPatchType, mutating, how); err != nil {
		return err
	}
	_, err = api.ValidatingWebhookConfigurations().Patch(ctx, named.Name, types.ApplyPatchType, validating, how)
	return err
}

// unregister lets the API server take cert-manager's objects again when nobody answers for them any more.
func (w *admissionWebhook) unregister() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	api := w.client.AdmissionregistrationV1()
	if err := api.MutatingWebhookConfigurations().Delete(ctx, webhookConfiguration, meta.DeleteOptions{}); err != nil {
		klog.ErrorS(err, "removing the mutating webhook")
	}
	if err := api.ValidatingWebhookConfigurations().Delete(ctx, webhookConfiguration, meta.DeleteOptions{}); err != nil {
		klog.ErrorS(err, "removing the validating webhook")
	}
}
