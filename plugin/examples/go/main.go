// A database for the shop, in Go.
package main

import (
	"example.com/pulumi-dbaas/sdk/go/dbaas"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		orders, err := dbaas.NewManagedDatabase(ctx, "orders", &dbaas.ManagedDatabaseArgs{
			Engine:    "pxc",
			Namespace: pulumi.String("shop"),
			Replicas:  pulumi.IntRef(5),
			Storage:   &dbaas.StorageArgs{Size: pulumi.StringRef("7Gi")},
		})
		if err != nil {
			return err
		}
		ctx.Export("write", orders.WriteEndpoint)
		return nil
	})
}
