use quote::ToTokens;
use std::cell::RefCell;
use std::fmt::Display;
use std::thread;

/// Collects every mistake in one type, so that a person sees all of them at once.
///
/// Must be finished: dropping it with its verdict unread is a bug in this crate, and panics.
pub(crate) struct Ctxt {
    // `None` once finished.
    errors: RefCell<Option<Vec<syn::Error>>>,
}

impl Ctxt {
    pub(crate) fn new() -> Self {
        Self {
            errors: RefCell::new(Some(Vec::new())),
        }
    }

    /// Reports a mistake at all of `tokens`.
    pub(crate) fn error_at(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn push(&self, error: syn::Error) {
        if let Some(errors) = self.errors.borrow_mut().as_mut() {
            errors.push(error);
        }
    }

    /// # Errors
    /// Every mistake reported so far, as one error.
    pub(crate) fn finish(self) -> syn::Result<()> {
        let errors = self.errors.take().unwrap_or_default();
        let all = errors.into_iter().reduce(|mut all, next| {
            all.combine(next);
            all
        });
        all.map_or(Ok(()), Err)
    }
}

impl Drop for Ctxt {
    fn drop(&mut self) {
        assert!(
            self.errors.get_mut().is_none() || thread::panicking(),
            "the collected errors were never read"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::Ctxt;
    use proc_macro2::Span;

    fn mistake(text: &str) -> syn::Error {
        syn::Error::new(Span::call_site(), text)
    }

    #[test]
    fn no_mistake_is_ok() {
        assert!(Ctxt::new().finish().is_ok());
    }

    #[test]
    fn every_mistake_is_kept_in_order() {
        let cx = Ctxt::new();
        cx.push(mistake("one"));
        cx.push(mistake("two"));
        let texts: Vec<String> = cx
            .finish()
            .expect_err("two mistakes")
            .into_iter()
            .map(|error| error.to_string())
            .collect();
        assert_eq!(texts, ["one", "two"]);
    }

    #[test]
    #[should_panic(expected = "never read")]
    fn forgetting_to_finish_panics() {
        drop(Ctxt::new());
    }
}
