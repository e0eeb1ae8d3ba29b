package shop;

import com.pulumi.core.Output;
import com.pulumi.core.annotations.Export;
import com.pulumi.core.annotations.Import;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ResourceArgs;

/** As much of the component `dbaas:index:ManagedDatabase` as this program uses. */
public final class ManagedDatabase extends ComponentResource {
    /** Host that writes go to. */
    @Export(name = "writeEndpoint", refs = {String.class}, tree = "[0]")
    private Output<String> writeEndpoint;

    public ManagedDatabase(String name, Args args) {
        super("dbaas:index:ManagedDatabase", name, args, null, true);
    }

    public Output<String> writeEndpoint() {
        return writeEndpoint;
    }

    /** What the database is to be. */
    public static final class Args extends ResourceArgs {
        @Import(name = "engine", required = true)
        private final String engine;

        @Import(name = "namespace", required = true)
        private final Output<String> namespace;

        @Import(name = "replicas")
        private final Integer replicas;

        @Import(name = "storage")
        private final Storage storage;

        public Args(String engine, String namespace, int replicas, Storage storage) {
            this.engine = engine;
            this.namespace = Output.of(namespace);
            this.replicas = replicas;
            this.storage = storage;
        }
    }

    /** Volumes of the database. */
    public static final class Storage extends ResourceArgs {
        @Import(name = "size")
        private final String size;

        public Storage(String size) {
            this.size = size;
        }
    }
}
