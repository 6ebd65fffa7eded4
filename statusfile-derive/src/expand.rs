use crate::ast::{self, Input, Shape};
use crate::attr::{Dir, Durability, Settings};
use crate::check::check;
use crate::ctxt::Ctxt;
use crate::key::Key;
use crate::keyed;
use crate::schema::{self, Declared};
use crate::section;
use crate::template::Template;
use crate::value::FormerName;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{DeriveInput, GenericParam, Generics, Path, parse_quote};

pub(crate) fn expand(derived: &DeriveInput) -> TokenStream {
    let cx = Ctxt::new();
    let input = Input::new(&cx, derived);
    check(&cx, &input);
    match cx.finish() {
        Ok(()) => {
            let implementation = implementation(&input, Some(&declaration(&input)));
            let editable = input.settings.editable.is_some();
            let section = editable.then(|| section::implementation(derived, &input.settings));
            quote!(#implementation #section)
        }
        Err(errors) => {
            let errors = errors.into_compile_error();
            let stub = stub(&input);
            quote!(#errors #stub)
        }
    }
}

/// Keeps the one mistake from drawing an error at every `save` and `load`.
///
/// Nothing where the stub would itself be an error: without its crate, and on a union, which serde
/// rejects as well.
fn stub(input: &Input) -> Option<TokenStream> {
    let settings = &input.settings;
    let root_is_broken = settings.root.is_none() && settings.position(Key::Crate).is_some();
    if root_is_broken || matches!(input.shape, Shape::Union(_)) {
        return None;
    }
    Some(implementation(input, None))
}

/// Without a declaration, a stub.
fn implementation(input: &Input, declaration: Option<&TokenStream>) -> TokenStream {
    let root = input.settings.root();
    let ident = input.ident;
    let generics = bounded(input, &root);
    if let Some(pattern) = input.settings.pattern() {
        return keyed::implementation(input, pattern, &root, &generics, declaration);
    }
    let kept: Path = parse_quote!(#root::PersistentStatus);
    let Declared { checks, items } =
        declaration.map_or_else(Declared::default, |_| schema::declared(input, &kept));
    let unreachable = quote!(::core::unreachable!());
    let declaration = declaration.unwrap_or(&unreachable);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #checks
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #kept for #ident #ty_generics #where_clause {
            #items
            fn declaration() -> #root::__private::Declaration {
                #declaration
            }
        }
    }
}

fn declaration(input: &Input) -> TokenStream {
    let settings = &input.settings;
    let root = settings.root();
    let app = settings.app.as_ref().map_or_else(
        || quote!(::core::env!("CARGO_PKG_NAME")),
        ToTokens::to_token_stream,
    );
    let file = settings.file.as_ref().map(Template::file_name);
    let file = file.unwrap_or_else(|| input.default_file());
    let fields = fields(settings, &root);
    let declaration = quote!(#root::__private::Declaration);
    if fields.is_empty() {
        return quote!(#declaration::new(#app, #file));
    }
    quote! {
        #declaration {
            #(#fields,)*
            ..#declaration::new(#app, #file)
        }
    }
}

/// Only what the user set, so that the runtime owns every default.
fn fields(settings: &Settings, root: &Path) -> Vec<TokenStream> {
    let dir = settings.dir.map(|dir| {
        let dir = match dir {
            Dir::State => quote!(State),
            Dir::Config => quote!(Config),
            Dir::Data => quote!(Data),
            Dir::Cache => quote!(Cache),
        };
        quote!(dir: #root::__private::Dir::#dir)
    });
    let durability = settings.durability.map(|durability| match durability {
        Durability::Full => quote!(#root::Durability::Full),
        Durability::Process => quote!(#root::Durability::Process),
    });
    let lock_timeout = settings
        .lock_timeout_millis
        .map(|millis| quote!(::core::time::Duration::from_millis(#millis)));
    let (env, path, keep, mode, max_bytes) = (
        settings.env.as_ref(),
        settings.path.as_ref().map(|path| &path.start),
        settings.keep,
        settings.mode,
        settings.max_bytes,
    );
    let publish = match (&settings.link, settings.copy) {
        (Some(_), _) => Some(quote!(#root::Publish::Link)),
        (None, Some(false)) => Some(quote!(#root::Publish::Never)),
        (None, _) => None,
    };
    let formerly = (!settings.formerly.is_empty()).then(|| {
        let places = settings
            .formerly
            .iter()
            .map(|former| place(&former.what, root));
        quote!(formerly: &[#(#places),*])
    });
    let optional = [
        env.map(|env| quote!(env: ::core::option::Option::Some(#env))),
        path.map(|path| quote!(path: ::core::option::Option::Some(#path))),
        keep.map(|keep| quote!(keep: ::core::option::Option::Some(#keep))),
        mode.map(|mode| quote!(mode: ::core::option::Option::Some(#mode))),
        durability.map(|value| quote!(durability: ::core::option::Option::Some(#value))),
        lock_timeout.map(|value| quote!(lock_timeout: ::core::option::Option::Some(#value))),
        publish.map(|value| quote!(publish: ::core::option::Option::Some(#value))),
        max_bytes.map(|most| quote!(max_bytes: ::core::option::Option::Some(#most))),
        formerly,
    ];
    dir.into_iter()
        .chain(optional.into_iter().flatten())
        .collect()
}

/// Where a status of that name lay.
fn place(former: &FormerName, root: &Path) -> TokenStream {
    let former_place = quote!(#root::__private::FormerPlace);
    match former {
        FormerName::Path(path) => quote!(#former_place::Path(#path)),
        FormerName::Type { package, name } => {
            let app = package.as_ref().map_or_else(
                || quote!(::core::env!("CARGO_PKG_NAME")),
                ToTokens::to_token_stream,
            );
            let file = ast::default_file(name);
            quote!(#former_place::Default { app: #app, file: #file })
        }
    }
}

/// The type's own generics, and, where a type or a constant decides whether it can be kept at all,
/// the bound that says so.
///
/// The bound is on the whole type, not on each parameter: serde's own inference, its `bound`
/// attribute and implementations by hand all decide rightly then. Without such a parameter there is
/// no bound, so that a missing derive is an error at the type and not at each use.
fn bounded(input: &Input, root: &Path) -> Generics {
    let mut generics = input.generics.clone();
    let mut parameters = input.generics.params.iter();
    if parameters.any(|parameter| !matches!(parameter, GenericParam::Lifetime(_))) {
        let ident = input.ident;
        let (_, ty_generics, _) = input.generics.split_for_impl();
        // One bound rather than two: at a method call the compiler explains a single missing one
        // in its own words, and of several it gives only the names.
        let bound = parse_quote!(#ident #ty_generics: #root::__private::Keep);
        let bounds = &mut generics.make_where_clause().predicates;
        bounds.push(bound);
        if let Some(previous) = &input.settings.previous {
            bounds.push(parse_quote!(#previous: #root::PersistentStatus));
        }
    }
    generics
}

#[cfg(test)]
mod tests {
    use super::expand;
    use quote::quote;
    use syn::{DeriveInput, parse_quote};

    fn expanded(input: &DeriveInput) -> String {
        expand(input).to_string()
    }

    #[test]
    fn nothing_set_leaves_every_default_to_the_runtime() {
        let expected = quote! {
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::statusfile::PersistentStatus for HTTPServer {
                const TYPE: ::core::option::Option<&'static ::core::primitive::str> =
                    ::core::option::Option::Some(::core::concat!(::core::env!("CARGO_PKG_NAME"), "/HTTPServer"));
                fn declaration() -> ::statusfile::__private::Declaration {
                    ::statusfile::__private::Declaration::new(
                        ::core::env!("CARGO_PKG_NAME"),
                        "http-server.toml"
                    )
                }
            }
        };
        let input = parse_quote!(
            struct HTTPServer {
                count: u64,
            }
        );
        assert_eq!(expanded(&input), expected.to_string());
    }

    #[test]
    fn every_key_reaches_its_field() {
        for (set, expected) in [
            (
                quote!(path = "a/b.toml"),
                quote!(path: ::core::option::Option::Some("a/b.toml")),
            ),
            (
                quote!(env = "WORKER"),
                quote!(env: ::core::option::Option::Some("WORKER")),
            ),
            (
                quote!(app = "org/app"),
                quote!(Declaration::new("org/app", "worker.toml")),
            ),
            (
                quote!(file = "w.toml"),
                quote!(Declaration::new(::core::env!("CARGO_PKG_NAME"), "w.toml")),
            ),
            (
                quote!(dir = "state"),
                quote!(dir: ::statusfile::__private::Dir::State),
            ),
            (
                quote!(dir = "config"),
                quote!(dir: ::statusfile::__private::Dir::Config),
            ),
            (
                quote!(dir = "data"),
                quote!(dir: ::statusfile::__private::Dir::Data),
            ),
            (
                quote!(dir = "cache"),
                quote!(dir: ::statusfile::__private::Dir::Cache),
            ),
            (
                quote!(keep = 3),
                quote!(keep: ::core::option::Option::Some(3usize)),
            ),
            (
                quote!(mode = 0o640),
                quote!(mode: ::core::option::Option::Some(416u32)),
            ),
            (
                quote!(durability = "full"),
                quote!(durability: ::core::option::Option::Some(::statusfile::Durability::Full)),
            ),
            (
                quote!(durability = "process"),
                quote!(durability: ::core::option::Option::Some(::statusfile::Durability::Process)),
            ),
            (
                quote!(max_bytes = 1_000_000),
                quote!(max_bytes: ::core::option::Option::Some(1000000u64)),
            ),
            (
                quote!(lock_timeout = "2m"),
                quote!(lock_timeout: ::core::option::Option::Some(
                    ::core::time::Duration::from_millis(120000u64)
                )),
            ),
            (
                quote!(version = 3),
                quote!(
                    const VERSION: ::core::primitive::u32 = 3u32;
                ),
            ),
            (
                quote!(version = 3, previous = WorkerV2),
                quote!(.previous::<WorkerV2>()),
            ),
            (quote!(default), quote!(.filled_in())),
            (quote!(editable), quote!(.editable())),
            (quote!(prove = false), quote!(.unproved())),
            (
                quote!(link),
                quote!(publish: ::core::option::Option::Some(::statusfile::Publish::Link)),
            ),
            (
                quote!(copy = false),
                quote!(publish: ::core::option::Option::Some(::statusfile::Publish::Never)),
            ),
            (
                quote!(crate = "a::b"),
                quote!(impl a::b::PersistentStatus for Worker),
            ),
            (
                quote!(crate = ::a::b),
                quote!(impl ::a::b::PersistentStatus for Worker),
            ),
        ] {
            let input = parse_quote!(
                #[status(#set)]
                struct Worker {
                    count: u64,
                }
            );
            let text = expanded(&input);
            assert!(text.contains(&expected.to_string()), "{set}: {text}");
        }
    }

    #[test]
    fn former_names_say_whose_it_was_and_where() {
        for (set, expected) in [
            (
                quote!(formerly = "OldWorker"),
                quote!(formerly: &[::statusfile::__private::FormerPlace::Default {
                    app: ::core::env!("CARGO_PKG_NAME"),
                    file: "old-worker.toml"
                }]),
            ),
            (
                quote!(formerly = "old-app/Worker", formerly = "old/w.toml"),
                quote!(formerly: &[
                    ::statusfile::__private::FormerPlace::Default {
                        app: "old-app",
                        file: "worker.toml"
                    },
                    ::statusfile::__private::FormerPlace::Path("old/w.toml")
                ]),
            ),
            (
                quote!(
                    formerly = "OldWorker",
                    formerly = "old-app/Worker",
                    formerly = "w.toml"
                ),
                quote!(.formerly(&[
                    ::core::concat!(::core::env!("CARGO_PKG_NAME"), "/", "OldWorker"),
                    "old-app/Worker"
                ])),
            ),
        ] {
            let input = parse_quote!(
                #[status(#set)]
                struct Worker {
                    count: u64,
                }
            );
            let text = expanded(&input);
            assert!(text.contains(&expected.to_string()), "{set}: {text}");
        }
    }

    #[test]
    fn spaces_do_not_matter() {
        let input = syn::parse_str("#[status(crate=::a::b,keep=3)] struct Worker { count: u64 }");
        let text = expanded(&input.expect("a type"));
        assert!(!text.contains("compile_error"), "{text}");
        assert!(text.contains("impl :: a :: b :: "), "{text}");
    }

    #[test]
    fn several_attributes_are_merged() {
        let input = parse_quote! {
            #[status(keep = 3)]
            #[status(mode = 0o600, env = "A")]
            struct Worker { count: u64 }
        };
        let expected = quote! {
            Declaration {
                env: ::core::option::Option::Some("A"),
                keep: ::core::option::Option::Some(3usize),
                mode: ::core::option::Option::Some(384u32),
                ..::statusfile::__private::Declaration::new
            }
        };
        let expected = expected.to_string();
        let text = expanded(&input);
        assert!(text.contains(expected.trim_end_matches(" }")), "{text}");
    }

    #[test]
    fn only_types_and_constants_need_a_bound() {
        let bound = |input: DeriveInput| expanded(&input).contains("__private :: Keep");
        assert!(!bound(parse_quote!(
            struct A {
                a: u8,
            }
        )));
        assert!(!bound(parse_quote!(
            struct A<'a> {
                a: &'a u8,
            }
        )));
        assert!(bound(parse_quote!(
            struct A<T> {
                a: T,
            }
        )));
        assert!(bound(parse_quote!(
            struct A<'a, const N: usize> {
                a: &'a [u8; N],
            }
        )));
    }

    #[test]
    fn a_mistake_leaves_a_stub() {
        let text = expanded(&parse_quote!(
            #[status(keep = 1)]
            struct A {
                a: u8,
            }
        ));
        assert!(text.contains("compile_error"), "{text}");
        assert!(text.contains("unreachable"), "{text}");
    }

    #[test]
    fn no_stub_that_would_be_a_mistake_itself() {
        let inputs: [DeriveInput; 2] = [
            parse_quote!(
                #[status(crate = 1)]
                struct A {
                    a: u8,
                }
            ),
            parse_quote!(union A { a: u8 }),
        ];
        for input in &inputs {
            let text = expanded(input);
            assert!(text.contains("compile_error"), "{text}");
            assert!(!text.contains("impl"), "{text}");
        }
    }

    #[test]
    fn a_file_with_placeholders_lies_where_one_without_does() {
        let text = expanded(&parse_quote!(
            #[status(dir = "cache", file = "{id}.toml")]
            struct Job {
                id: u64,
            }
        ));
        let expected = quote! {
            dir: ::statusfile::__private::Dir::Cache,
            ..::statusfile::__private::Declaration::new(::core::env!("CARGO_PKG_NAME"), "{id}.toml")
        };
        assert!(text.contains(&expected.to_string()), "{text}");
        assert!(!text.contains("path :"), "{text}");
    }

    #[test]
    fn doubled_braces_make_no_key() {
        let text = expanded(&parse_quote!(
            #[status(file = "{{id}}.toml")]
            struct Job {
                id: u64,
            }
        ));
        let expected = quote!(PersistentStatus for Job);
        assert!(text.contains(&expected.to_string()), "{text}");
        assert!(text.contains("\"{id}.toml\""), "{text}");
    }

    #[test]
    fn a_mistake_leaves_a_stub_with_the_field_that_was_meant() {
        let text = expanded(&parse_quote!(
            #[status(path = "{idd}.toml")]
            struct Job {
                id: u64,
            }
        ));
        assert!(text.contains("compile_error"), "{text}");
        assert!(text.contains("type Key < '__key > = u64 where"), "{text}");
        assert_eq!(text.matches("unreachable").count(), 3, "{text}");
    }
}
