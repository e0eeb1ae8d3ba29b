package shop;

import com.pulumi.Pulumi;

/** A database for the shop, in Java. */
public final class Shop {
    public static void main(String[] args) {
        Pulumi.run(context -> {
            var orders = new ManagedDatabase(
                    "orders",
                    new ManagedDatabase.Args("pxc", "shop", 5, new ManagedDatabase.Storage("7Gi")));
            context.export("write", orders.writeEndpoint());
        });
    }
}
