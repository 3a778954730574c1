/**
 * The only place that knows DJL's PyTorch engine: kernels, tensor scopes, devices and precision.
 *
 * <p>Kernels are TorchScript source text ({@code src/main/torchscript}), packed in memory at start-up. Everything else in
 * the program sees {@link org.consensusprobe.torch.Tensor} handles, {@link org.consensusprobe.torch.Scope}s that free
 * them, and the methods of {@link org.consensusprobe.torch.Kernels}.
 */
package org.consensusprobe.torch;
