//! The extensions that a stock Envoy 1.40 has, by category: what it tells of itself in its node's `extensions`.
//!
//! Leaves to `extensions` which fields take which category. Types are written without `envoy.extensions.`.

/// One category of extensions.
#[derive(Debug)]
pub(super) struct Category {
    pub(super) name: &'static str,
    /// How all types of it begin, also those that a stock Envoy lacks; empty if they have nothing in common.
    pub(super) prefix: &'static str,
    types: &'static str,
}

impl Category {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        CATEGORIES.iter().find(|it| it.name == name)
    }

    /// Whether a stock Envoy has this type in this category.
    pub(super) fn has(&self, message: &str) -> bool {
        let short = short(message);
        self.types().any(|it| it == short)
    }

    pub(super) fn types(&self) -> impl Iterator<Item = &'static str> {
        self.types.split_whitespace()
    }

    /// Whether a type could be of this category, in another build of Envoy.
    pub(super) fn could_have(&self, message: &str) -> bool {
        let is_ours = message.starts_with("envoy.") || message.starts_with("google.protobuf.");
        !is_ours || (short(message).starts_with(self.prefix) && message.starts_with(PREFIX))
    }
}

const PREFIX: &str = "envoy.extensions.";

pub(super) fn short(message: &str) -> &str {
    message.strip_prefix(PREFIX).unwrap_or(message)
}

pub(super) const CATEGORIES: &[Category] = &[
    Category {
        name: "envoy.filters.http",
        prefix: "filters.http.",
        types: "common.matching.v3.ExtensionWithMatcher common.matching.v3.ExtensionWithMatcherPerRoute \
            filters.http.a2a.v3.A2a filters.http.adaptive_concurrency.v3.AdaptiveConcurrency \
            filters.http.admission_control.v3.AdmissionControl \
            filters.http.ai_protocol_manager.v3.AiProtocolManager \
            filters.http.ai_protocol_manager.v3.AiProtocolManagerPerRoute \
            filters.http.alternate_protocols_cache.v3.FilterConfig filters.http.api_key_auth.v3.ApiKeyAuth \
            filters.http.api_key_auth.v3.ApiKeyAuthPerRoute \
            filters.http.aws_eventstream_parser.v3.AwsEventstreamParser filters.http.aws_lambda.v3.Config \
            filters.http.aws_lambda.v3.PerRouteConfig filters.http.aws_request_signing.v3.AwsRequestSigning \
            filters.http.aws_request_signing.v3.AwsRequestSigningPerRoute \
            filters.http.bandwidth_limit.v3.BandwidthLimit filters.http.bandwidth_share.v3.BandwidthShare \
            filters.http.basic_auth.v3.BasicAuth filters.http.basic_auth.v3.BasicAuthPerRoute \
            filters.http.body_size_limit.v3.BodySizeLimit filters.http.buffer.v3.Buffer \
            filters.http.buffer.v3.BufferPerRoute filters.http.cache.v3.CacheConfig \
            filters.http.cache_v2.v3.CacheV2Config filters.http.cdn_loop.v3.CdnLoopConfig \
            filters.http.composite.v3.Composite filters.http.composite.v3.CompositePerRoute \
            filters.http.compressor.v3.Compressor filters.http.compressor.v3.CompressorPerRoute \
            filters.http.connect_grpc_bridge.v3.FilterConfig filters.http.cors.v3.Cors \
            filters.http.cors.v3.CorsPolicy filters.http.credential_injector.v3.CredentialInjector \
            filters.http.csrf.v3.CsrfPolicy filters.http.custom_response.v3.CustomResponse \
            filters.http.decompressor.v3.Decompressor filters.http.dynamic_forward_proxy.v3.FilterConfig \
            filters.http.dynamic_forward_proxy.v3.PerRouteConfig \
            filters.http.dynamic_modules.v3.DynamicModuleFilter \
            filters.http.dynamic_modules.v3.DynamicModuleFilterPerRoute filters.http.ext_authz.v3.ExtAuthz \
            filters.http.ext_authz.v3.ExtAuthzPerRoute filters.http.ext_proc.v3.ExtProcPerRoute \
            filters.http.ext_proc.v3.ExternalProcessor filters.http.fault.v3.HTTPFault \
            filters.http.file_server.v3.FileServerConfig \
            filters.http.file_system_buffer.v3.FileSystemBufferFilterConfig \
            filters.http.filter_chain.v3.FilterChainConfig \
            filters.http.filter_chain.v3.FilterChainConfigPerRoute \
            filters.http.gcp_authn.v3.GcpAuthnFilterConfig filters.http.geoip.v3.Geoip \
            filters.http.grpc_field_extraction.v3.GrpcFieldExtractionConfig \
            filters.http.grpc_http1_bridge.v3.Config filters.http.grpc_http1_reverse_bridge.v3.FilterConfig \
            filters.http.grpc_http1_reverse_bridge.v3.FilterConfigPerRoute \
            filters.http.grpc_json_reverse_transcoder.v3.GrpcJsonReverseTranscoder \
            filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder filters.http.grpc_stats.v3.FilterConfig \
            filters.http.grpc_web.v3.GrpcWeb filters.http.header_mutation.v3.HeaderMutation \
            filters.http.header_mutation.v3.HeaderMutationPerRoute filters.http.header_to_metadata.v3.Config \
            filters.http.health_check.v3.HealthCheck filters.http.ip_tagging.v3.IPTagging \
            filters.http.json_to_metadata.v3.JsonToMetadata filters.http.jwt_authn.v3.JwtAuthentication \
            filters.http.jwt_authn.v3.PerRouteConfig filters.http.local_ratelimit.v3.LocalRateLimit \
            filters.http.lua.v3.Lua filters.http.lua.v3.LuaPerRoute filters.http.mcp.v3.Mcp \
            filters.http.mcp.v3.McpOverride filters.http.mcp_json_rest_bridge.v3.McpJsonRestBridge \
            filters.http.mcp_json_rest_bridge.v3.McpJsonRestBridgePerRoute filters.http.mcp_router.v3.McpRouter \
            filters.http.oauth2.v3.OAuth2 filters.http.oauth2.v3.OAuth2PerRoute \
            filters.http.on_demand.v3.OnDemand filters.http.on_demand.v3.PerRouteConfig \
            filters.http.original_src.v3.OriginalSrc filters.http.proto_api_scrubber.v3.ProtoApiScrubberConfig \
            filters.http.proto_message_extraction.v3.ProtoMessageExtractionConfig \
            filters.http.rate_limit_quota.v3.RateLimitQuotaFilterConfig \
            filters.http.rate_limit_quota.v3.RateLimitQuotaOverride filters.http.ratelimit.v3.RateLimit \
            filters.http.ratelimit.v3.RateLimitPerRoute filters.http.rbac.v3.RBAC \
            filters.http.rbac.v3.RBACPerRoute filters.http.router.v3.Router \
            filters.http.set_filter_state.v3.Config filters.http.set_metadata.v3.Config \
            filters.http.sse_to_metadata.v3.SseToMetadata filters.http.stateful_session.v3.StatefulSession \
            filters.http.stateful_session.v3.StatefulSessionPerRoute filters.http.tap.v3.Tap \
            filters.http.thrift_to_metadata.v3.ThriftToMetadata filters.http.transform.v3.TransformConfig \
            filters.http.wasm.v3.Wasm",
    },
    Category {
        name: "envoy.filters.http.upstream",
        prefix: "filters.http.",
        types: "common.matching.v3.ExtensionWithMatcher common.matching.v3.ExtensionWithMatcherPerRoute \
            filters.http.admission_control.v3.AdmissionControl \
            filters.http.ai_protocol_manager.v3.AiProtocolManager \
            filters.http.ai_protocol_manager.v3.AiProtocolManagerPerRoute filters.http.aws_lambda.v3.Config \
            filters.http.aws_lambda.v3.PerRouteConfig filters.http.aws_request_signing.v3.AwsRequestSigning \
            filters.http.aws_request_signing.v3.AwsRequestSigningPerRoute \
            filters.http.body_size_limit.v3.BodySizeLimit filters.http.buffer.v3.Buffer \
            filters.http.buffer.v3.BufferPerRoute filters.http.composite.v3.Composite \
            filters.http.composite.v3.CompositePerRoute filters.http.compressor.v3.Compressor \
            filters.http.compressor.v3.CompressorPerRoute filters.http.credential_injector.v3.CredentialInjector \
            filters.http.dynamic_modules.v3.DynamicModuleFilter \
            filters.http.dynamic_modules.v3.DynamicModuleFilterPerRoute filters.http.ext_proc.v3.ExtProcPerRoute \
            filters.http.ext_proc.v3.ExternalProcessor filters.http.header_mutation.v3.HeaderMutation \
            filters.http.header_mutation.v3.HeaderMutationPerRoute filters.http.lua.v3.Lua \
            filters.http.lua.v3.LuaPerRoute filters.http.rbac.v3.RBAC \
            filters.http.upstream_codec.v3.UpstreamCodec filters.http.wasm.v3.Wasm",
    },
    Category {
        name: "envoy.filters.network",
        prefix: "filters.network.",
        types: "filters.network.connection_limit.v3.ConnectionLimit filters.network.direct_response.v3.Config \
            filters.network.dubbo_proxy.v3.DubboProxy \
            filters.network.dynamic_modules.v3.DynamicModuleNetworkFilter filters.network.echo.v3.Echo \
            filters.network.ext_authz.v3.ExtAuthz filters.network.ext_proc.v3.NetworkExternalProcessor \
            filters.network.generic_proxy.v3.GenericProxy filters.network.geoip.v3.Geoip \
            filters.network.http_connection_manager.v3.HttpConnectionManager \
            filters.network.local_ratelimit.v3.LocalRateLimit filters.network.mongo_proxy.v3.MongoProxy \
            filters.network.ratelimit.v3.RateLimit filters.network.rbac.v3.RBAC \
            filters.network.redis_proxy.v3.RedisProxy \
            filters.network.reverse_tunnel.v3.DrainAwareHttpConnectionManager \
            filters.network.reverse_tunnel.v3.ReverseTunnel filters.network.set_filter_state.v3.Config \
            filters.network.sni_cluster.v3.SniCluster filters.network.sni_dynamic_forward_proxy.v3.FilterConfig \
            filters.network.tcp_bandwidth_limit.v3.TcpBandwidthLimit filters.network.tcp_proxy.v3.TcpProxy \
            filters.network.thrift_proxy.v3.ThriftProxy filters.network.wasm.v3.Wasm \
            filters.network.zookeeper_proxy.v3.ZooKeeperProxy",
    },
    Category { name: "envoy.filters.upstream_network", prefix: "filters.network.", types: "google.protobuf.Empty" },
    Category {
        name: "envoy.filters.listener",
        prefix: "filters.listener.",
        types: "filters.listener.dynamic_modules.v3.DynamicModuleListenerFilter \
            filters.listener.http_inspector.v3.HttpInspector filters.listener.local_ratelimit.v3.LocalRateLimit \
            filters.listener.original_dst.v3.OriginalDst filters.listener.original_src.v3.OriginalSrc \
            filters.listener.proxy_protocol.v3.ProxyProtocol filters.listener.set_filter_state.v3.Config \
            filters.listener.tls_inspector.v3.TlsInspector",
    },
    Category {
        name: "envoy.filters.udp_listener",
        prefix: "filters.udp.",
        types: "filters.udp.dns_filter.v3.DnsFilterConfig \
            filters.udp.dynamic_modules.v3.DynamicModuleUdpListenerFilter \
            filters.udp.udp_proxy.v3.UdpProxyConfig",
    },
    Category {
        name: "envoy.access_loggers",
        prefix: "access_loggers.",
        types: "access_loggers.dynamic_modules.v3.DynamicModuleAccessLog access_loggers.file.v3.FileAccessLog \
            access_loggers.fluentd.v3.FluentdAccessLogConfig access_loggers.grpc.v3.HttpGrpcAccessLogConfig \
            access_loggers.grpc.v3.TcpGrpcAccessLogConfig \
            access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig access_loggers.stats.v3.Config \
            access_loggers.stream.v3.StderrAccessLog access_loggers.stream.v3.StdoutAccessLog \
            access_loggers.wasm.v3.WasmAccessLog",
    },
    Category {
        name: "envoy.transport_sockets.downstream",
        prefix: "transport_sockets.",
        types: "transport_sockets.alts.v3.Alts transport_sockets.dynamic_modules.v3.DynamicModuleTransportSocket \
            transport_sockets.quic.v3.QuicDownstreamTransport transport_sockets.raw_buffer.v3.RawBuffer \
            transport_sockets.starttls.v3.StartTlsConfig transport_sockets.tap.v3.Tap \
            transport_sockets.tcp_stats.v3.Config transport_sockets.tls.v3.DownstreamTlsContext",
    },
    Category {
        name: "envoy.transport_sockets.upstream",
        prefix: "transport_sockets.",
        types: "transport_sockets.alts.v3.Alts transport_sockets.dynamic_modules.v3.DynamicModuleTransportSocket \
            transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport \
            transport_sockets.internal_upstream.v3.InternalUpstreamTransport \
            transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport \
            transport_sockets.quic.v3.QuicUpstreamTransport transport_sockets.raw_buffer.v3.RawBuffer \
            transport_sockets.starttls.v3.UpstreamStartTlsConfig transport_sockets.tap.v3.Tap \
            transport_sockets.tcp_stats.v3.Config transport_sockets.tls.v3.UpstreamTlsContext",
    },
    Category {
        name: "envoy.tracers",
        prefix: "",
        types: "envoy.config.trace.v3.DatadogConfig envoy.config.trace.v3.OpenTelemetryConfig \
            envoy.config.trace.v3.SkyWalkingConfig envoy.config.trace.v3.XRayConfig \
            envoy.config.trace.v3.ZipkinConfig tracers.dynamic_modules.v3.DynamicModuleTracer \
            tracers.fluentd.v3.FluentdConfig",
    },
    Category { name: "envoy.request_id", prefix: "", types: "request_id.uuid.v3.UuidRequestIdConfig" },
    Category {
        name: "envoy.http.original_ip_detection",
        prefix: "",
        types: "http.original_ip_detection.custom_header.v3.CustomHeaderConfig \
            http.original_ip_detection.xff.v3.XffConfig",
    },
    Category {
        name: "envoy.http.early_header_mutation",
        prefix: "",
        types: "http.early_header_mutation.dynamic_modules.v3.DynamicModuleEarlyHeaderMutation \
            http.early_header_mutation.header_mutation.v3.HeaderMutation",
    },
    Category {
        name: "envoy.http.stateful_session",
        prefix: "",
        types: "http.stateful_session.cookie.v3.CookieBasedSessionState \
            http.stateful_session.envelope.v3.EnvelopeSessionState \
            http.stateful_session.header.v3.HeaderBasedSessionState",
    },
    Category {
        name: "envoy.compression.compressor",
        prefix: "compression.",
        types: "compression.brotli.compressor.v3.Brotli compression.gzip.compressor.v3.Gzip \
            compression.zstd.compressor.v3.Zstd",
    },
    Category {
        name: "envoy.compression.decompressor",
        prefix: "compression.",
        types: "compression.brotli.decompressor.v3.Brotli compression.gzip.decompressor.v3.Gzip \
            compression.zstd.decompressor.v3.Zstd",
    },
    Category {
        name: "envoy.retry_host_predicates",
        prefix: "retry.",
        types: "retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate \
            retry.host.omit_host_metadata.v3.OmitHostMetadataConfig \
            retry.host.previous_hosts.v3.PreviousHostsPredicate",
    },
    Category {
        name: "envoy.retry_priorities",
        prefix: "retry.",
        types: "retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
    },
    Category {
        name: "envoy.internal_redirect_predicates",
        prefix: "internal_redirect.",
        types: "internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig \
            internal_redirect.filter_state.v3.FilterStateConfig \
            internal_redirect.previous_routes.v3.PreviousRoutesConfig \
            internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig",
    },
    Category {
        name: "envoy.path.match",
        prefix: "path.match.",
        types: "path.match.uri_template.v3.UriTemplateMatchConfig",
    },
    Category {
        name: "envoy.path.rewrite",
        prefix: "path.rewrite.",
        types: "path.rewrite.uri_template.v3.UriTemplateRewriteConfig",
    },
    Category {
        name: "envoy.router.cluster_specifier_plugin",
        prefix: "router.cluster_specifiers.",
        types: "router.cluster_specifiers.dynamic_modules.v3.DynamicModuleClusterSpecifier \
            router.cluster_specifiers.lua.v3.LuaConfig \
            router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier \
            router.cluster_specifiers.priority_group.v3.PriorityGroupClusterSpecifier",
    },
    Category {
        name: "envoy.thrift_proxy.filters",
        prefix: "filters.network.thrift_proxy.",
        types: "filters.network.thrift_proxy.filters.header_to_metadata.v3.HeaderToMetadata \
            filters.network.thrift_proxy.filters.payload_to_metadata.v3.PayloadToMetadata \
            filters.network.thrift_proxy.filters.ratelimit.v3.RateLimit \
            filters.network.thrift_proxy.router.v3.Router",
    },
    Category {
        name: "envoy.formatter",
        prefix: "formatter.",
        types: "formatter.cel.v3.Cel formatter.dynamic_modules.v3.DynamicModuleFormatter \
            formatter.file_content.v3.FileContent formatter.generic_secret.v3.GenericSecret \
            formatter.metadata.v3.Metadata formatter.req_without_query.v3.ReqWithoutQuery",
    },
    Category {
        name: "envoy.health_checkers",
        prefix: "health_checkers.",
        types: "envoy.config.core.v3.HealthCheck.GrpcHealthCheck envoy.config.core.v3.HealthCheck.HttpHealthCheck \
            envoy.config.core.v3.HealthCheck.TcpHealthCheck \
            health_checkers.dynamic_modules.v3.DynamicModuleHealthCheck health_checkers.redis.v3.Redis \
            health_checkers.thrift.v3.Thrift health_checkers.udp.v3.UdpHealthCheck",
    },
];
