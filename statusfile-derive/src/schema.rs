//! What a type declares about its versions, its default and edits by hand.

use crate::ast::Input;
use crate::value::{Former, FormerName};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// What goes into and beside the implementation.
#[derive(Default)]
pub(crate) struct Declared {
    /// What must be true of them, beside the implementation.
    pub(crate) checks: TokenStream,
    /// The items of the implementation.
    pub(crate) items: TokenStream,
}

/// `kept` is the trait that the type implements.
pub(crate) fn declared(input: &Input, kept: &Path) -> Declared {
    let settings = &input.settings;
    let root = settings.root();
    let version = settings
        .version
        .map(|version| quote!(const VERSION: ::core::primitive::u32 = #version;));
    let (mut checks, mut inline_checks) = (None, None);
    let previous = settings.previous.as_ref().map(|previous| {
        let version = settings.version;
        let rises = quote_spanned! {previous.span()=>
            ::core::assert!(
                <#previous as #root::PersistentStatus>::VERSION < #version,
                "the version of `previous` must be lower than `version`"
            )
        };
        // What names a parameter can be checked only where the parameter is known.
        if input.generics.params.is_empty() {
            checks = Some(quote!(const _: () = #rises;));
        } else {
            inline_checks = Some(quote!(const { #rises };));
        }
        quote_spanned!(previous.span()=> .previous::<#previous>())
    });
    let default = settings
        .default
        .as_ref()
        .map(|default| quote_spanned!(default.span()=> .filled_in()));
    let editable = settings
        .editable
        .as_ref()
        .map(|editable| quote_spanned!(editable.span()=> .editable()));
    let name = format!("/{}", input.ident.unraw());
    let type_name = quote! {
        const TYPE: ::core::option::Option<&'static ::core::primitive::str> =
            ::core::option::Option::Some(::core::concat!(::core::env!("CARGO_PKG_NAME"), #name));
    };
    let unproved = (settings.prove == Some(false)).then(|| quote!(.unproved()));
    let formerly = formerly(&settings.formerly);
    let says_more = [&previous, &formerly, &default, &editable, &unproved];
    let says_more = says_more.iter().any(|more| more.is_some());
    let schema = says_more.then(|| {
        quote! {
            fn schema() -> #root::__private::Schema<Self> {
                #inline_checks
                #root::__private::Schema::<Self>::new(<Self as #kept>::VERSION)
                    .named(<Self as #kept>::TYPE)
                    #previous
                    #formerly
                    #default
                    #editable
                    #unproved
            }
        }
    });
    Declared {
        checks: checks.unwrap_or_default(),
        items: quote!(#type_name #version #schema),
    }
}

/// What the files said of whose they are before the type had its name.
fn formerly(formerly: &[Former]) -> Option<TokenStream> {
    let names = formerly.iter().filter_map(|former| match &former.what {
        FormerName::Type {
            package: Some(package),
            name,
        } => Some(format!("{package}/{name}").into_token_stream()),
        FormerName::Type {
            package: None,
            name,
        } => {
            let package = quote!(::core::env!("CARGO_PKG_NAME"));
            Some(quote!(::core::concat!(#package, "/", #name)))
        }
        FormerName::Path(_) => None,
    });
    let names: Vec<_> = names.collect();
    (!names.is_empty()).then(|| quote!(.formerly(&[#(#names),*])))
}
